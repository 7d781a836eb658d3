package apply

import (
	"testing"
	"time"

	"clusterctl/schema"
)

func TestHeardSinceTheWaitBegan(t *testing.T) {
	t.Parallel()
	facts := schema.Facts{Members: map[string]schema.MemberFacts{
		"m1": {State: schema.StateCreated, Online: true, HeartbeatAge: 2 * time.Second},
		"m2": {State: schema.StateCreated, Online: true, HeartbeatAge: 18 * time.Second},
		"m3": {State: schema.StatePending, HeartbeatAge: time.Hour},
	}}
	if err := notHeard(facts, 19*time.Second); err != nil {
		t.Errorf("all were heard: %v", err)
	}
	if err := notHeard(facts, 3*time.Second); err == nil || err.Error() != "the leader has not heard m2 for 18s" {
		t.Errorf("m2 was not heard: %v", err)
	}
}
