package preseed_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"clusterctl/schema"
	"clusterctl/schema/emit"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// FuzzDecode holds that Decode survives any input, that what it takes can be written, and that no diagnostic
// points outside of the input.
func FuzzDecode(f *testing.F) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, in := range inputsOf(archive) {
			f.Add(in.Data)
		}
	}
	f.Add([]byte("a: &a [*a]\nb: {<<: [x, *b]}\n? {c: d}\n: e\n"))
	reg := kinds.Registry()
	f.Fuzz(func(t *testing.T, data []byte) {
		p, diagnostics := preseed.Decode(reg, []preseed.Input{{Name: "fuzz", Data: data}})
		for _, d := range diagnostics {
			if d.File != "fuzz" || d.Line < 0 || d.Summary == "" {
				t.Errorf("got a diagnostic without place or text: %+v", d)
			}
			if _, ok := schema.Explain(d.Code); !ok {
				t.Errorf("got the unknown code %q", d.Code)
			}
		}
		emit.Encode(reg, p.Want)
	})
}

// FuzzConnection holds that what is read of a connection's URL names a host or a path that can mean nothing else.
func FuzzConnection(f *testing.F) {
	for _, text := range []string{"ssh://root@10.0.0.1:22/run/lxd.socket?jump=ssh://x@gate", "https://h:8443?fingerprint=00&certificate=a&key=b",
		"unix:///var/lib/lxd/unix.socket", "ssh://-oProxyCommand=id@h", "ssh://u:p@h", "https://[fe80::1%25eth0]:8443", "ssh://h?port=-1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := preseed.ParseConnection(text)
		if err == nil && c.SSH == nil && c.HTTPS == nil && c.Unix == nil {
			t.Errorf("%q is taken and leads nowhere", text)
		}
	})
}

// FuzzToken holds that whatever stands where a join token does, it is judged.
func FuzzToken(f *testing.F) {
	for _, text := range []string{"e30=", "eyJzZXJ2ZXJfbmFtZSI6Im5vZGUyIiwiYWRkcmVzc2VzIjpbIjEwLjAuMC4xOjg0NDMiXSwic2VjcmV0IjoieCIsImZpbmdlcnByaW50IjoiMDAifQ==",
		"eyJhZGRyZXNzZXMiOlsiIl0sInNlY3JldCI6IngifQ==", "\x00"} {
		f.Add(text)
	}
	reg := kinds.Registry()
	f.Fuzz(func(t *testing.T, text string) {
		in := fmt.Sprintf("cluster: {enabled: true, server_name: n, server_address: \"10.0.0.6:8443\", cluster_token: %q}\n", text)
		_, found := preseed.Decode(reg, []preseed.Input{{Name: "fuzz", Data: []byte(in)}})
		for _, d := range found {
			if len(text) > 20 && strings.Contains(d.Summary+d.Detail+d.Excerpt, text) {
				t.Errorf("the token is quoted: %+v", d)
			}
		}
	})
}
