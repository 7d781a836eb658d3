package session

import "testing"

// TestRouterMAC has the address that LXD 5.0.2 gave the router of its network number 2.
func TestRouterMAC(t *testing.T) {
	t.Parallel()
	const fingerprint = "82f2dc99159516a9a5ab8a17d86c6e7cac8b7649e7b2e221713c74ed7b6fb316"
	if got, want := routerMAC(fingerprint, "2"), "00:16:3e:c1:86:b6"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
