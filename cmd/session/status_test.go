package session

import (
	"strings"
	"testing"
	"time"

	"clusterctl/schema"
)

func TestStateOfMembers(t *testing.T) {
	t.Parallel()
	yes, no := probes{"node1": {"": true}}, probes{"node1": {"": false, "node2": false}}
	here, twice := probes{"node1": {"": false}}, probes{"node1": {"": false, "node2": false, "node3": true}}
	online := schema.MemberFacts{Address: "10.0.0.1:8443", State: schema.StateCreated, Online: true, Schema: 60,
		Extensions: 318}
	change := func(f func(*schema.MemberFacts)) schema.MemberFacts {
		m := online
		f(&m)
		return m
	}
	late := change(func(m *schema.MemberFacts) { m.Online, m.HeartbeatAge = false, 90*time.Second })
	beaten := change(func(m *schema.MemberFacts) { m.HeartbeatAge = 3 * time.Second })
	for _, c := range []struct {
		name       string
		member     schema.MemberFacts
		other      schema.MemberFacts
		seen       probes
		own        bool // its daemon answers
		state, why string
	}{
		{"well", online, online, yes, false, "Online", ""},
		{"not probed", online, online, nil, false, "Online", ""},
		{"late", late, online, nil, false, "Offline", "no heartbeat for 1m30s"},
		{"late, and alive", late, online, yes, false, "Offline",
			"no heartbeat for 1m30s, though 10.0.0.1:8443 answers"},
		{"dead", late, online, no, false, "Offline", "no heartbeat for 1m30s, and 10.0.0.1:8443 does not answer"},
		{"just died", online, online, no, false, "Offline", "10.0.0.1:8443 does not answer"},
		{"not reached from one place", online, online, here, false, "Online",
			"10.0.0.1:8443 was not reached from here"},
		{"not reached from one place, nor by its socket", online, online, here, true, "Offline",
			"10.0.0.1:8443 does not answer"},
		{"reached from another place", online, online, twice, false, "Online", ""},
		{"cut off, lately", beaten, online, no, true, "Online",
			"node1 is cut off from node2; the last heartbeat was 3.0s ago"},
		{"cut off", late, online, no, true, "Offline",
			"no heartbeat for 1m30s, though its daemon answers: node1 is cut off from node2"},
		{"behind", online, change(func(m *schema.MemberFacts) { m.Extensions++ }), yes, false, "Blocked",
			"needs updating to the version of node2"},
		{"ahead", change(func(m *schema.MemberFacts) { m.Schema++ }), online, yes, false, "Online", ""},
		{"joining", change(func(m *schema.MemberFacts) { m.State = schema.StatePending }), online, nil, false,
			"Pending", "its join has not ended"},
		{"evacuated", change(func(m *schema.MemberFacts) { m.State = schema.StateEvacuated }), online, nil, false,
			"Evacuated", "unavailable due to maintenance"},
	} {
		f := schema.Facts{Members: map[string]schema.MemberFacts{"node1": c.member, "node2": c.other}}
		f.Hosts = map[string]schema.HostFacts{"node1": {Clustered: c.own}}
		if strings.HasSuffix(c.name, "by its socket") {
			f.Hosts["node1"] = schema.HostFacts{Fault: "connection refused", Socket: true}
		}
		if state, why := stateOf(f, "node1", c.seen); state != c.state || why != c.why {
			t.Errorf("%s: %s (%s), want %s (%s)", c.name, state, why, c.state, c.why)
		}
	}
}

func TestQuorumWhileHeartbeatsAreLate(t *testing.T) {
	t.Parallel()
	facts := schema.Facts{Members: map[string]schema.MemberFacts{}}
	for _, name := range []string{"m1", "m2", "m3"} {
		facts.Members[name] = schema.MemberFacts{Role: schema.Voter, State: schema.StateCreated,
			HeartbeatAge: time.Minute}
	}
	for _, c := range []struct {
		answers map[string]bool
		online  int
	}{
		{map[string]bool{"m1": true, "m2": true, "m3": true}, 2},
		{map[string]bool{"m1": true, "m2": true, "m3": false}, 2},
		{map[string]bool{"m1": true, "m2": false, "m3": false}, 0},
		{nil, 0},
	} {
		seen := probes{}
		for name, answers := range c.answers {
			seen[name] = map[string]bool{"": answers, "m9": answers}
		}
		q := statusOf(schema.NewCluster(facts), seen).Cluster.Quorum
		if q.Online != c.online || q.Needed != 2 || q.CanLose != 0 {
			t.Errorf("answers %v: %+v, want %d online and no margin", c.answers, q, c.online)
		}
	}
}

func TestImagesWithFewCopies(t *testing.T) {
	t.Parallel()
	members := map[string]schema.MemberFacts{"m1": {}, "m2": {}, "m3": {}, "m4": {}}
	images := map[string][]string{"aa": {"m1"}, "bb": {"m1", "m2", "m3"}, "cc": nil}
	for replicas, want := range map[string][]string{"": {"aa", "cc"}, "1": {"cc"}, "-1": {"aa", "bb", "cc"},
		"9": {"aa", "bb", "cc"}} {
		config := map[string]string{"cluster.images_minimal_replica": replicas}
		live := schema.NewCluster(schema.Facts{Members: members, Images: images},
			schema.Object{Ref: schema.Ref{Kind: schema.KindServer, Name: schema.ServerName},
				Body: schema.Body{Config: config}})
		var got []string
		for _, i := range fewCopies(live) {
			got = append(got, i.Fingerprint)
		}
		if len(got) != len(want) {
			t.Errorf("%q replicas: %v, want %v", replicas, got, want)
		}
	}
}
