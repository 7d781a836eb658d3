package schema

import "testing"

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	keys := []string{"address", "connection", "description", "failure_domain", "groups"}
	for given, want := range map[string]string{
		"addrss":     "did you mean address?",
		"connextion": "did you mean connection?",
		"gruops":     "did you mean groups?",
		"completely": "use one of: address, connection, description, failure_domain, groups",
	} {
		if got := DidYouMean(given, keys); got != want {
			t.Errorf("%s: got %q, want %q", given, got, want)
		}
	}
	if got := editDistance("ab", "ba"); got != 1 {
		t.Errorf("two letters swapped: got %d, want 1", got)
	}
}
