package session

import (
	"errors"
	"testing"

	"clusterctl/plan/view"
	"clusterctl/schema"
)

// TestHalfWrittenCertificateIsMendedWhereItIsSure: anything else is left as it is, and why is said.
func TestHalfWrittenCertificateIsMendedWhereItIsSure(t *testing.T) {
	t.Parallel()
	alone := []schema.RaftMember{{ID: 1, Address: schema.AloneAddress}}
	clustered := []schema.RaftMember{{ID: 1, Address: "10.0.0.1:8443"}}
	one, two := []string{"10.0.0.1:8443"}, []string{"10.0.0.1:8443", "10.0.0.2:8443"}
	for want, c := range map[string]struct {
		r   schema.Remains
		err error
	}{
		"": {r: schema.Remains{Torn: "cluster.key", Start: "start", Joined: one, Raft: alone}},
		"the log has no configuration": {schema.Remains{Torn: "cluster.key", Start: "start", Joined: one},
			errors.New("the log has no configuration")},
		"how to start the daemon is not known (clusterctl: service:)": {
			r: schema.Remains{Torn: "cluster.key", Joined: one, Raft: alone}},
		"its own database has 2 members, and not itself alone: 10.0.0.1:8443, 10.0.0.2:8443": {
			r: schema.Remains{Torn: "cluster.key", Start: "start", Joined: two, Raft: alone}},
		"its own database has no member, and not itself alone": {
			r: schema.Remains{Torn: "cluster.key", Start: "start", Raft: alone}},
		"its Raft configuration has 10.0.0.1:8443, so that it was in a cluster": {
			r: schema.Remains{Torn: "cluster.key", Start: "start", Joined: one, Raft: clustered}},
	} {
		facts := schema.Facts{Hosts: map[string]schema.HostFacts{"node1": {Fault: "refused", Remains: &c.r}}}
		if sure := view.Torn(facts, "node1"); sure != (want == "") {
			t.Errorf("%q: sure: %v", want, sure)
		}
		if got := whyTorn(c.r, c.err); want != "" && got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		facts.Clustered = true
		if view.Torn(facts, "node1") {
			t.Errorf("%q: mended beside a cluster", want)
		}
	}
}
