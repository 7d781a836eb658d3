package preseed_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"clusterctl/schema/emit"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/format/layouts.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		in, want := archive.Files[i], archive.Files[i+1]
		got, found := preseed.Format(preseed.Input{Name: in.Name, Data: in.Data})
		if diff := cmp.Diff(string(want.Data), string(got)); diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", in.Name, found, diff)
		}
	}
	for _, text := range []string{"a: [b\n", "a:\n\t- b\n", "\xff", "? {a: b}\n: c\nd:   e\n"} {
		if got, found := preseed.Format(preseed.Input{Name: "x", Data: []byte(text)}); len(found) == 0 && text[0] != '?' {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// TestFormatKeepsWhatIsSaid formats everything that there is to read.
func TestFormatKeepsWhatIsSaid(t *testing.T) {
	t.Parallel()
	var inputs []preseed.Input
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, inputsOf(archive)...)
	}
	examples, _ := filepath.Glob("../../examples/*.yaml")
	for _, name := range examples {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, preseed.Input{Name: name, Data: data})
	}
	if len(examples) == 0 || len(inputs) < 50 {
		t.Fatalf("%d inputs", len(inputs))
	}
	for _, in := range inputs {
		keepsWhatIsSaid(t, in)
	}
}

// keepsWhatIsSaid holds that a file says the same in the form of clusterctl, which it does not change again.
func keepsWhatIsSaid(t *testing.T, in preseed.Input) {
	t.Helper()
	got, found := preseed.Format(in)
	if len(found) > 0 {
		return
	}
	again, found := preseed.Format(preseed.Input{Name: in.Name, Data: got})
	if diff := cmp.Diff(string(got), string(again)); diff != "" || len(found) > 0 {
		t.Errorf("%s: formatted again: %v\n%s", in.Name, found, diff)
	}
	reg := kinds.Registry()
	before, _ := preseed.Decode(reg, []preseed.Input{in})
	after, _ := preseed.Decode(reg, []preseed.Input{{Name: in.Name, Data: got}})
	if diff := cmp.Diff(string(emit.Encode(reg, before.Want)), string(emit.Encode(reg, after.Want))); diff != "" {
		t.Errorf("%s: says something else:\n%s", in.Name, diff)
	}
}

// FuzzFormat holds that whatever is formatted says the same as before.
func FuzzFormat(f *testing.F) {
	for _, text := range []string{"a:\n -   b:   1\n     c: |+\n       x\n\n\n", "# x\na:\n    b: &x\n        - 1\n",
		"a: >2\n    b\nc: 'd\n\n  e'\n", "#xb\na:\n !0 0: 000000000000000000", "0\r",
		"a:\n -  b: 1\n---\n# c\n---\nd:\n   - e\n...\n---\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { keepsWhatIsSaid(t, preseed.Input{Name: "fuzz", Data: data}) })
}
