package sandbox

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"clusterctl/schema"
)

func certificateRoutes() []route {
	certificates := kind[certificate]{path: "/1.0/certificates", table: "certificates", read: (*call).certificates,
		missing: notFound("Certificate not found"), several: notFound("Certificate not found"),
		blank: func(before certificate) certificate { return before }, change: (*call).changeCertificate}
	return append(certificates.routes(), route{"POST", certificates.path, untrusted, locked, certificatesPost})
}

type certificate struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Restricted  bool     `json:"restricted"`
	Projects    []string `json:"projects"`
	Certificate string   `json:"certificate"`
	Fingerprint string   `json:"fingerprint"`

	id int64
}

func (v certificate) key() (int64, string) { return v.id, v.Fingerprint }

func (v certificate) tag() any { return v }

func (t *tx) addCertificate(fingerprint string, kind int, name, text string) int64 {
	return t.insert("certificates (fingerprint,type,name,certificate,restricted)", fingerprint, kind, name, text, 0)
}

// certificates returns all, or those whose fingerprint begins like that.
func (c *call) certificates(prefix string) []certificate {
	return each(c.tx, func(id int64, row []string) certificate {
		return certificate{id: id, Fingerprint: row[0], Name: row[2], Restricted: row[3] == "1", Certificate: row[4],
			Type: certTypes[c.tx.int(row[1])], Projects: c.tx.column(`SELECT p.name FROM certificates_projects cp JOIN projects p ON p.id=cp.project_id
				WHERE cp.certificate_id=? ORDER BY 1`, id)}
	}, `SELECT id,fingerprint,type,name,restricted,certificate FROM certificates
		WHERE fingerprint LIKE ?||'%' ORDER BY id`, prefix)
}

type certificateBody struct {
	certificate
	Password string `json:"password"`
	Token    bool   `json:"token"`
}

// certificatesPost adds a certificate: any that a trusted caller sends, or the caller's own when the caller knows the
// trust password or a token.
func certificatesPost(c *call) (reply, error) {
	var body certificateBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
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
	if c.tx.number("SELECT count(*) FROM certificates WHERE fingerprint=?", fp) > 0 {
		return reply{}, fail(http.StatusConflict, "Certificate already in trust store")
	}
	if c.trust < trustClient {
		if err := c.at.admit(c.tx, body.Password); err != nil {
			return reply{}, err
		}
	}
	name := body.Name
	if name == "" {
		name, _, _ = strings.Cut(c.RemoteAddr, ":")
	}
	id := c.tx.addCertificate(fp, kind, name, string(certificatePEM(der)))
	c.tx.restrict(id, body.Restricted, body.Projects)
	return created("/1.0/certificates/" + fp)
}

func (t *tx) restrict(id int64, restricted bool, projects []string) {
	t.exec("UPDATE certificates SET restricted=? WHERE id=?", restricted, id)
	t.exec("DELETE FROM certificates_projects WHERE certificate_id=?", id)
	for _, project := range projects {
		t.exec("INSERT INTO certificates_projects (certificate_id,project_id) SELECT ?,id FROM projects WHERE name=?", id,
			project)
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

func (c *call) changeCertificate(before, body certificate) error {
	if body.Type == "" {
		body.Type = before.Type
	}
	c.tx.exec("UPDATE certificates SET name=?,type=? WHERE id=?", body.Name, slices.Index(certTypes, body.Type), before.id)
	c.tx.restrict(before.id, body.Restricted, body.Projects)
	return nil
}
