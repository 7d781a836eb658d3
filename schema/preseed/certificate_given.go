package preseed

import (
	"strings"

	"clusterctl/schema"
)

// certificate returns the mended certificate of a join document, "" with a report when it is none.
func (j *judge) certificate(doc *document) string {
	text, at := doc.cluster.entry.Certificate, doc.cluster.fill.where("cluster_certificate")
	mended, ok := schema.MendPEM(text)
	switch {
	case ok:
		return mended
	case strings.Contains(text, elision):
		// said where the line is
	case strings.Contains(text, "..."):
		j.report.errorAt(at, elidedCertificate())
	default:
		j.report.errorAt(at, schema.Problem{
			Code: schema.CodeCertificate, Summary: "cannot use cluster_certificate: it is no certificate in PEM",
			Detail: schema.CertificateFault(text),
			Hint:   "put in the contents of cluster.crt of a member as a block (cluster_certificate: |), or leave the key out: it is then asked for",
		})
	}
	return ""
}
