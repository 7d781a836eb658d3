package schema_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"clusterctl/schema"
)

func TestNamesAreInTheOrderOfPeople(t *testing.T) {
	t.Parallel()
	want := []string{"", "7", "07", "10", "node", "node1", "node1a", "node2", "node02", "node2-1", "node10", "nodes"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, schema.CompareNames)
	want = []string{"", "07", "7", "10", "node", "node1", "node1a", "node02", "node2", "node2-1", "node10", "nodes"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestOrderOfNamesIsTotal holds the order against what sorting relies on.
func TestOrderOfNamesIsTotal(t *testing.T) {
	t.Parallel()
	name := rapid.StringMatching(`a?[02]{0,3}[ab]?`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := name.Draw(t, "a"), name.Draw(t, "b"), name.Draw(t, "c")
		ab, bc, ac := schema.CompareNames(a, b), schema.CompareNames(b, c), schema.CompareNames(a, c)
		if ab != -schema.CompareNames(b, a) || (ab == 0) != (a == b) || ab <= 0 && bc <= 0 && ac > 0 {
			t.Errorf("%q %q %q: %d %d %d", a, b, c, ab, bc, ac)
		}
	})
}
