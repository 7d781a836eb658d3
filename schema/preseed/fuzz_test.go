package preseed_test

import (
	"path/filepath"
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
