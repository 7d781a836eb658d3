package sandbox

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

func certificateRoutes() []route {
	return []route{
		{"GET", "/1.0/certificates", trustClient, locked, certificatesGet},
		{"POST", "/1.0/certificates", untrusted, locked, certificatesPost},
		{"GET", "/1.0/certificates/{fingerprint}", trustClient, locked, certificateGet},
		{"PUT", "/1.0/certificates/{fingerprint}", trustClient, locked, certificatePut},
		{"PATCH", "/1.0/certificates/{fingerprint}", trustClient, locked, certificatePut},
		{"DELETE", "/1.0/certificates/{fingerprint}", trustClient, locked, certificateDelete},
	}
}

type certificateView struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Restricted  bool     `json:"restricted"`
	Projects    []string `json:"projects"`
	Certificate string   `json:"certificate"`
	Fingerprint string   `json:"fingerprint"`
}

func (t *tx) addCertificate(fingerprint string, kind int, name, text string) int64 {
	id, _ := t.exec("INSERT INTO certificates (fingerprint,type,name,certificate,restricted) VALUES (?,?,?,?,0)", fingerprint, kind, name, text)
	return id
}

// certificate finds the certificate by its fingerprint or an unambiguous beginning of that.
func (t *tx) certificate(prefix string) (certificateView, error) {
	rows := t.rows("SELECT id,fingerprint,type,name,restricted,certificate FROM certificates WHERE fingerprint LIKE ?", prefix+"%")
	if len(rows) != 1 {
		return certificateView{}, fail(http.StatusNotFound, "Certificate not found")
	}
	row := rows[0]
	view := certificateView{Fingerprint: row[1], Name: row[3], Restricted: row[4] == "1", Certificate: row[5]}
	for name, code := range certTypes {
		if strconv.Itoa(code) == row[2] {
			view.Type = name
		}
	}
	view.Projects = t.column("SELECT p.name FROM certificates_projects cp JOIN projects p ON p.id=cp.project_id WHERE cp.certificate_id=? ORDER BY 1", row[0])
	return view, nil
}

func certificatesGet(c *call) (reply, error) {
	return list(c, "certificates", c.tx.column("SELECT fingerprint FROM certificates ORDER BY id"), func(fp string) certificateView {
		view, err := c.tx.certificate(fp)
		c.tx.note(err, "reading a certificate")
		return view
	})
}

func certificateGet(c *call) (reply, error) {
	view, err := c.tx.certificate(c.params["fingerprint"])
	return reply{metadata: view, etag: view}, err
}

type certificateBody struct {
	Type        string   `json:"type"`
	Name        string   `json:"name"`
	Restricted  bool     `json:"restricted"`
	Projects    []string `json:"projects"`
	Certificate string   `json:"certificate"`
	Password    string   `json:"password"`
	Token       bool     `json:"token"`
}

// certificatesPost adds a certificate: any that a trusted caller sends, or the caller's own when the caller knows the
// trust password or a token.
func certificatesPost(c *call) (reply, error) {
	var body certificateBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	kind, known := certTypes[body.Type]
	if !known {
		return reply{}, fail(http.StatusBadRequest, "Invalid certificate type")
	}
	if body.Token {
		return c.certificateToken(body)
	}
	der, err := c.presented(body)
	if err != nil {
		return reply{}, err
	}
	fp := fingerprint(der)
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
	c.tx.restrict(id, body)
	return created("/1.0/certificates/" + fp)
}

func (t *tx) restrict(id int64, body certificateBody) {
	t.exec("UPDATE certificates SET restricted=? WHERE id=?", body.Restricted, id)
	t.exec("DELETE FROM certificates_projects WHERE certificate_id=?", id)
	for _, project := range body.Projects {
		t.exec("INSERT INTO certificates_projects (certificate_id,project_id) SELECT ?,id FROM projects WHERE name=?", id, project)
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

func certificatePut(c *call) (reply, error) {
	view, err := c.tx.certificate(c.params["fingerprint"])
	if err != nil {
		return reply{}, err
	}
	if err := c.checkETag(view); err != nil {
		return reply{}, err
	}
	body := certificateBody{Name: view.Name, Type: view.Type, Restricted: view.Restricted, Projects: view.Projects}
	if c.Method == http.MethodPut {
		body = certificateBody{Type: view.Type}
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	id := c.tx.number("SELECT id FROM certificates WHERE fingerprint=?", view.Fingerprint)
	c.tx.exec("UPDATE certificates SET name=?,type=? WHERE id=?", body.Name, certTypes[body.Type], id)
	c.tx.restrict(id, body)
	return done()
}

func certificateDelete(c *call) (reply, error) {
	view, err := c.tx.certificate(c.params["fingerprint"])
	if err != nil {
		return reply{}, err
	}
	c.tx.exec("DELETE FROM certificates WHERE fingerprint=?", view.Fingerprint)
	return done()
}
