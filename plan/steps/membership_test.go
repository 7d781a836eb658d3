package steps

import "testing"

func TestWildcardAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{":8443": true, "[::]:8443": true, "0.0.0.0:8443": true,
		"10.0.0.1:8443": false, "rest.example:8443": false, "": false} {
		if got := wildcard(address); got != want {
			t.Errorf("wildcard(%q) = %t", address, got)
		}
	}
}
