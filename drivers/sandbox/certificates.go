package sandbox

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"clusterctl/schema"
)

func certificateRoutes() []route {
	return []route{{"POST", "/1.0/certificates", untrusted, locked, with(certificatesPost)}}
}

// certificate is what is said of one.
type certificate struct {
	Name        string
	Type        string
	Restricted  bool
	Projects    []string
	Certificate string
	Description string
}

func (t *tx) addCertificate(fingerprint string, kind int, name, text string) int64 {
	t.do("trust", "print", fingerprint, "type", kind, "name", name, "pem", text)
	return t.number("SELECT id FROM "+t.trusted()+" WHERE fingerprint=?", fingerprint)
}

type certificateBody struct {
	certificate
	Password   string `json:"password"`
	TrustToken string `json:"trust_token"`
	Token      bool   `json:"token"`
}

// certificatesPost adds a certificate: any that a trusted caller sends, or the caller's own when the caller knows the
// trust password or a token.
func certificatesPost(c *call, body certificateBody) (reply, error) {
	kind := slices.Index(certTypes, body.Type)
	if kind < 1 {
		return reply{}, fail(http.StatusBadRequest, "Invalid certificate type")
	}
	if body.Token {
		return c.certificateToken(body)
	}
	der, err := c.presented(body)
	if err != nil {
		return reply{}, err
	}
	fp := schema.FingerprintDER(der)
	if c.tx.number("SELECT count(*) FROM "+c.tx.trusted()+" WHERE fingerprint=?", fp) > 0 {
		return reply{}, fail(http.StatusConflict, "Certificate already in trust store")
	}
	if c.trust < trustClient {
		switch s := c.world.server; {
		case body.Password != "" && s.Does("no passwords", c.name()):
			return reply{}, fail(http.StatusNotImplemented, "Password authentication is no longer supported, please update your client")
		case body.TrustToken != "" && s.Has(tokenField) || s.Product == schema.Incus:
			body.Password = body.TrustToken
		}
		if err := c.at.admit(c.tx, body.Password); err != nil {
			return reply{}, err
		}
	}
	if body.Name == "" {
		body.Name, _, _ = strings.Cut(c.RemoteAddr, ":")
	}
	for _, project := range body.Projects {
		c.tx.project(project, "")
	}
	id := c.tx.addCertificate(fp, kind, body.Name, string(certificatePEM(der)))
	c.tx.restrict(id, kind, body.certificate)
	return created("/1.0/certificates/" + fp)
}

func (t *tx) restrict(id int64, kind int, body certificate) {
	t.do("change", "id", id, "name", body.Name, "type", kind, "restricted", body.Restricted, "description",
		body.Description)
	for _, project := range body.Projects {
		t.do("project", "id", id, "project", project)
	}
}

// presented returns the certificate in the body, or else the one of the TLS connection.
func (c *call) presented(body certificateBody) ([]byte, error) {
	if body.Certificate != "" {
		der, err := base64.StdEncoding.DecodeString(body.Certificate)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "%v", err)
		}
		if parseCertificate(string(certificatePEM(der))) == nil {
			return nil, fail(http.StatusBadRequest, "Invalid certificate material: x509: malformed certificate")
		}
		return der, nil
	}
	if c.trust >= trustClient {
		return nil, fail(http.StatusBadRequest, "Client is already trusted")
	}
	if c.TLS == nil || len(c.TLS.PeerCertificates) == 0 {
		return nil, fail(http.StatusBadRequest, "Can't use TLS data on non-TLS link")
	}
	return c.TLS.PeerCertificates[0].Raw, nil
}

func (c *call) changeCertificate(before, body stored) error {
	var to certificate
	err := body.into(&to)
	c.tx.restrict(before.id, slices.Index(certTypes, cmp.Or(to.Type, before.text("type"))), to)
	return err
}
