package apply

import (
	"errors"
	"testing"

	"clusterctl/schema"
)

func TestErrorsNameMembersKnownByAddress(t *testing.T) {
	t.Parallel()
	members := []schema.Member{{Name: "node2", Address: "10.0.0.2:8443"}, {Name: "node3", Address: "10.0.0.3:8443"}}
	for text, want := range map[string]string{
		"failed to notify peer 10.0.0.3:8443: no space":   "failed to notify peer 10.0.0.3:8443: no space (10.0.0.3:8443 is node3)",
		"node2: connecting to 10.0.0.2:8443":              "node2: connecting to 10.0.0.2:8443",
		"peers 10.0.0.2:8443 and 10.0.0.3:8443 are down":  "peers 10.0.0.2:8443 and 10.0.0.3:8443 are down (10.0.0.2:8443 is node2, 10.0.0.3:8443 is node3)",
		"the pool exists with another driver on a member": "the pool exists with another driver on a member",
	} {
		cause := errors.New(text)
		got := nameMembers(cause, members)
		if got.Error() != want || !errors.Is(got, cause) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
