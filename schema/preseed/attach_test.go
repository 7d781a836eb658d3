package preseed_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

const certificatePEM = `-----BEGIN CERTIFICATE-----
MIIBqzCCATKgAwIBAgIUcOnJ8T4Bk5R/KYy7Z+Vapqy9iwwwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCbWUwHhcNMjYxMTIzMDgwNTQ0WhcNMjYxMjIzMDgwNTQ0WjAN
MQswCQYDVQQDDAJtZTB2MBAGByqGSM49AgEGBSuBBAAiA2IABOmOse6QBO+heE2x
qwoMkQus6aeElQTP5jrWeCoQEbuakb7GruSC6QZp/1ltmVJdhdP843/oEYfhnSQ5
LIjS7V75/xwVndnZ3PVM8lfr7HrXvFgi3VMNau1CqoOuki1EAaNTMFEwHQYDVR0O
BBYEFKlUKv4EcVIM15cFwwo8eNUhgU8GMB8GA1UdIwQYMBaAFKlUKv4EcVIM15cF
wwo8eNUhgU8GMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDZwAwZAIwaHzH
GDvt2xbwfFLB7nENT8kyCS2xLmHn6fqfKJ1cC5H0YnYD9dBC/iXkJ1XiIlcqAjBa
iw9wL4KFeXZ6hOAGL1RchCQdyXzBUtE3oXy+00CIowbbfsSL5ibiw6rBgBK4DjQ=
-----END CERTIFICATE-----
`

const certificateFingerprint = "f307bb5905e98baae41a27730e787eeaafa5f47b56128345a37c8b5561a5efa9"

var attached = []preseed.Input{{Name: "in.yaml", Data: []byte(`
certificates: [{name: ci, certificate: {file: ci.crt}}]
images: [{alias: small, file: small.tar.gz}]
`)}}

// judgeWith reads the input with those files, and notes which ones it asks for.
func judgeWith(files map[string]preseed.File) (p schema.Preseed, diagnostics schema.Diagnostics, asked map[string]bool) {
	asked = map[string]bool{}
	entries := preseed.Read(kinds.Registry(), attached, func(_, path string, whole bool) preseed.File {
		asked[path] = whole
		return files[path]
	})
	p, diagnostics = entries.Judge(kinds.Registry())
	return p, diagnostics, asked
}

func TestReadAsksForTheFilesItNeeds(t *testing.T) {
	t.Parallel()
	_, _, got := judgeWith(nil)
	if diff := cmp.Diff(map[string]bool{"ci.crt": true, "small.tar.gz": false}, got); diff != "" {
		t.Errorf("files and whether all of them is needed (-want +got):\n%s", diff)
	}
}

func TestReadUsesFiles(t *testing.T) {
	t.Parallel()
	p, diagnostics, _ := judgeWith(map[string]preseed.File{
		"ci.crt": {Content: []byte(certificatePEM)}, "small.tar.gz": {SHA256: certificateFingerprint}})
	if len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	if _, ok := p.Want.Get(schema.Ref{Kind: "certificate", Name: certificateFingerprint}); !ok {
		t.Errorf("got %v, want the certificate under its fingerprint", p.Want.Refs())
	}
	image, _ := p.Want.Get(schema.Ref{Kind: "image", Project: "default", Name: "small"})
	if image.Attrs["fingerprint"] != certificateFingerprint {
		t.Errorf("got %v, want the image with the checksum of its file", image.Attrs)
	}
}

func TestReadSaysWhichFilesCannotBeRead(t *testing.T) {
	t.Parallel()
	p, diagnostics, _ := judgeWith(map[string]preseed.File{"ci.crt": {Fault: "no such file"}, "small.tar.gz": {Fault: "no such file"}})
	var got []string
	for _, d := range diagnostics {
		got = append(got, string(d.Severity)+": "+d.Summary)
	}
	want := []string{"error: cannot read ci.crt", "warning: cannot read small.tar.gz"}
	if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(got, "\n")); diff != "" {
		t.Error(diff)
	}
	if image, _ := p.Want.Get(schema.Ref{Kind: "image", Project: "default", Name: "small"}); image.Attrs["file"] != "small.tar.gz" {
		t.Errorf("got %v, want the image without a fingerprint", image)
	}
}

func TestReadCertificate(t *testing.T) {
	t.Parallel()
	pem := schema.ReadCertificate(certificatePEM)
	if pem.Fingerprint != certificateFingerprint {
		t.Errorf("got fingerprint %s", pem.Fingerprint)
	}
	if again := schema.ReadCertificate(pem.Base64); again != pem {
		t.Errorf("got %+v for the base64 form, want the same as for PEM", again)
	}
	for _, text := range []string{"", "nonsense", "bm9uc2Vuc2U="} {
		if got := schema.ReadCertificate(text); got != (schema.CertificateEntry{}) {
			t.Errorf("%q: got %+v, want nothing", text, got)
		}
	}
}
