package offline

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"

	"clusterctl/drivers/rows"
	"clusterctl/schema"
)

// trust says where a database has the certificates that members show to each other.
type trust struct {
	// rows are the table and which of its rows are those, empty when that is not known.
	rows string
	// split reports that the certificates themselves are in a table of their own.
	split bool
}

// trustOf finds that: since LXD 5.21 in identities (type 3), before and in Incus in certificates (type 2). LXD from 6.8
// on has both tables.
func trustOf(ctx context.Context, q rows.Querier) (trust, error) {
	found, err := q.Query(ctx, `SELECT name FROM sqlite_master
		WHERE type = 'table' AND name IN ('identities', 'certificates') ORDER BY name DESC`)
	switch {
	case err != nil || len(found) == 0:
		return trust{}, err
	case found[0][0].String == "identities":
		return trust{rows: "identities WHERE type = 3", split: len(found) > 1}, nil
	}
	return trust{rows: "certificates WHERE type = 2"}, nil
}

// Distrust returns the SQL that takes the certificates of those members out of this database, empty where it is not
// known how. Nobody else's requests are accepted among members: what those members' daemons say about elections is not
// heard any more (measured on lxd 5.0.2, 5.21.7, 6.9 and incus 6.0.4). LXD from 6.8 on removes no member without an
// identity (lxd 6.9, lxd/cluster/membership.go Purge): there each gets a certificate that nobody has the key of.
func (c Copy) Distrust(members []string) (string, error) {
	switch {
	case c.trust.rows == "" || len(members) == 0:
		return "", nil
	case !c.trust.split:
		names := strings.Join(schema.Map(members, quoted), ", ")
		return "DELETE FROM " + c.trust.rows + " AND name IN (" + names + ");", nil
	}
	var out strings.Builder
	for _, member := range members {
		der, err := keyless(member)
		if err != nil {
			return "", err
		}
		theirs := c.trust.rows + " AND name = " + quoted(member)
		fingerprint := fmt.Sprintf("%x", sha256.Sum256(der))
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		fmt.Fprintf(&out, `DELETE FROM certificates WHERE id IN
  (SELECT certificate_id FROM identities_certificates WHERE identity_id IN (SELECT id FROM %[1]s));
INSERT INTO certificates (fingerprint, certificate) VALUES ('%[2]s', %[3]s);
INSERT INTO identities_certificates (identity_id, certificate_id)
  SELECT (SELECT id FROM %[1]s), id FROM certificates WHERE fingerprint = '%[2]s';
UPDATE identities SET identifier = '%[2]s' WHERE id IN (SELECT id FROM %[1]s);
`, theirs, fingerprint, quoted(string(text)))
	}
	return out.String(), nil
}

// quoted is a text in SQL.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// givenUp ends the name of certificates that nobody has the key of.
const givenUp = ", given up by clusterctl recover"

// Keyless reports a certificate that [Copy.Distrust] made for a member: nobody has its key.
func Keyless(certificate *x509.Certificate) bool {
	return strings.HasSuffix(certificate.Subject.CommonName, givenUp)
}

// keyless makes a certificate and keeps no key of it.
func keyless(member string) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()),
		Subject:   pkix.Name{CommonName: member + givenUp},
		NotBefore: now, NotAfter: now.AddDate(10, 0, 0), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}
