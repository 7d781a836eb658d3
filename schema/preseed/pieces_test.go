package preseed

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema"
)

// whole parses a text in one.
func whole(t testing.TB, text string) (*node, bool) {
	t.Helper()
	r := &reader{report: newReport()}
	in := Input{Name: "f", Data: []byte(text)}
	roots := r.parse(in)
	if len(roots) != 1 || len(r.report.list) > 0 {
		return nil, false
	}
	return roots[0], true
}

func parts(text string) (*node, bool) {
	return (&reader{report: newReport()}).inPieces("f", text, 0)
}

// TestPiecesAreTheWhole parses texts in the smallest pieces.
func TestPiecesAreTheWhole(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"lists":         "# a\n\nconfig: {}\nprofiles:\n# b\n- name: a\n  # c\n  config:\n    x: 1\n\n- name: b\nprojects: # d\n- name: c\n",
		"indented":      "profiles:\n    - name: a\n      devices:\n        root:\n          type: disk\n    - name: b\nx-y: z\n",
		"block":         "profiles:\n- name: a\n  description: |\n    - name: b\n\n    profiles:\n  config: {a: b}\n- name: c\n  description: >-\n   - d\n",
		"block at item": "profiles:\n- |\n - a\n- b\n",
		"empty block":   "profiles:\n- a: |\n\n- b: >-\n   \n\n# c\n- |\n\n- |\n\n- d: |\n   e\n\n- f:\n    g: |\n\n  h: i\n",
		"quoted":        "config:\n  a: \"b: c\n    - d\"\nprofiles:\n- name: 'e\n    f'\n- name: g",
		"plain":         "profiles:\n- name: a\n    - b\n- name: c\nconfig:\n  user.x: y\n    z\n",
		"flow":          "profiles: [{name: a}, {name: b}]\nconfig:\n  {a: b,\n   c: d}\nprojects:\n  [{name: c},\n  {name: d}]\n",
		"nested":        "profiles:\n- - a\n  - b\n- c:\n  - d\n",
		"empty":         "profiles:\nprojects: ~\nconfig:\n# end\n",
		"blanks":        "profiles:\n  - name: a   \n  \n  - name: b\n   \n",
	} {
		want, ok := whole(t, text)
		got, cut := parts(text)
		if !ok || !cut {
			t.Errorf("%s: parsed whole: %v, in pieces: %v", name, ok, cut)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{}, pair{}),
			cmp.AllowUnexported(schema.Position{})); diff != "" {
			t.Errorf("%s: (-whole +pieces)\n%s", name, diff)
		}
	}
}

// TestEmptyBlocks has items behind blocks of text that are empty.
func TestEmptyBlocks(t *testing.T) {
	t.Parallel()
	const text = "profiles:\n- description: |\n\n- description: >-\n  \n- description: |\n\n   text\n\n- name: d\n"
	root, ok := whole(t, text)
	if !ok || len(root.pairs) != 1 || len(root.pairs[0].value.items) != 4 {
		t.Fatalf("parsed: %v, %+v", ok, root)
	}
	for i, want := range []string{"", "", "\ntext\n", "d"} {
		if got := root.pairs[0].value.items[i].pairs[0].value; got.text != want {
			t.Errorf("item %d: %q, not %q", i, got.text, want)
		}
	}
}

// TestOddTextsAreParsedWhole has texts whose pieces are not the whole.
func TestOddTextsAreParsedWhole(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"anchor":         "x-a: &a {b: c}\nconfig: *a\n",
		"merge key":      "x-a: &a {b: c}\nconfig: {<<: *a}\n",
		"documents":      "config: {}\n---\nprofiles: []\n",
		"begins so":      "---\nconfig: {}\n",
		"empty document": "profiles:\n- name: a\n---\n---\n- name: b\n",
		"twice":          "profiles:\n- name: a\nprofiles:\n- name: b\n",
		"twice within":   "profiles:\n- name: a\n  name: b\n- name: c\n",
		"not closed":     "profiles:\n- name: \"a\n- name: b\"\n",
		"flow goes on":   "profiles: [{name: a},\n{name: b}]\n",
		"mapping in one": "profiles:\n- name: a\nb: c: d\n",
		"no mapping":     "- name: a\n- name: b\n",
		"nothing":        "# a\n",
		"CRLF":           "profiles:\r\n- name: a\r\n",
		"list, then key": "profiles:\n- name: a\n  - b\n- name: c\n    d: e\n",
	} {
		if got, ok := parts(text); ok {
			t.Errorf("%s: was parsed in pieces as %+v", name, got)
		}
	}
}

// TestPiecesOfPreseeds parses the preseeds of other tests both ways.
func TestPiecesOfPreseeds(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/*.yaml")
	more, err2 := filepath.Glob("../../plan/build/testdata/*/*.yaml")
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	var many strings.Builder
	many.WriteString("profiles:\n")
	for i := range 50 {
		fmt.Fprintf(&many, "- name: p%d\n  description: |\n    a\n\n    - b\n  config:\n    limits.cpu: \"%d\"\n", i, i)
	}
	texts := map[string]string{"many": many.String()}
	for _, file := range append(files, more...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(text)
	}
	compared := 0
	for name, text := range texts {
		got, ok := parts(text)
		if !ok {
			continue
		}
		want, ok := whole(t, text)
		if !ok {
			t.Errorf("%s: was parsed in pieces alone", name)
			continue
		}
		compared++
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{}, pair{})); diff != "" {
			t.Errorf("%s: (-whole +pieces)\n%s", name, diff)
		}
	}
	if compared < 2 {
		t.Errorf("compared %d texts: nothing is held", compared)
	}
}

// FuzzPieces looks for a text whose pieces are not the whole.
func FuzzPieces(f *testing.F) {
	f.Add("profiles:\n- name: a\n  description: |\n    b\n- name: c\nconfig:\n  a: b\n")
	f.Add("profiles:\n- name: a\n---\n# b\n---\nconfig:\n  a: b\n...\n---\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parts(text)
		if !ok {
			return
		}
		if want, ok := whole(t, text); ok {
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{}, pair{})); diff != "" {
				t.Errorf("(-whole +pieces)\n%s", diff)
			}
		}
	})
}
