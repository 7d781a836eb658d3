package preseed_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// TestOutlineHasTheSameMembers takes every example with much else behind it.
func TestOutlineHasTheSameMembers(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	much := "\nx-much:\n" + strings.Repeat("- {name: a, config: {b: c}}\n", 1000)
	outlined := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		inputs := []preseed.Input{{Name: file, Data: append(text, much...)}}
		outline := preseed.Outline(inputs)
		if outline == nil {
			continue // several documents, or anchors
		}
		outlined++
		if len(outline[0].Data) > len(text)+1100 {
			t.Errorf("%s: %d of %d bytes are left", file, len(outline[0].Data), len(inputs[0].Data))
		}
		want, _ := preseed.Decode(kinds.Registry(), inputs)
		got, _ := preseed.Decode(kinds.Registry(), outline)
		if diff := cmp.Diff(want.Members, got.Members); diff != "" || got.Bootstrap != want.Bootstrap {
			t.Errorf("%s: the outline has other members (-whole +outline):\n%s", file, diff)
		}
	}
	if outlined == 0 {
		t.Error("no example has an outline")
	}
}

func TestOutlineIsOfLargeInputsWithoutAnchors(t *testing.T) {
	t.Parallel()
	const members = "members:\n- {name: a, address: \"10.0.0.1:8443\"}\n"
	much := "profiles:\n" + strings.Repeat("- {name: a, description: much}\n", 1000)
	for name, test := range map[string]struct {
		texts []string
		want  bool
	}{
		"one":       {[]string{members + much}, true},
		"two files": {[]string{members, much}, true},
		"little":    {[]string{members + "profiles: [{name: a}]\n"}, false},
		"an anchor": {[]string{"x-a: &a {}\n" + members + much}, false},
		"documents": {[]string{members + "---\n" + much}, false},
		"no keys":   {[]string{members + much, "- a\n"}, false},
	} {
		var inputs []preseed.Input
		for _, text := range test.texts {
			inputs = append(inputs, preseed.Input{Name: "f", Data: []byte(text)})
		}
		if got := preseed.Outline(inputs) != nil; got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
