package care_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/plan/care"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// healthy is an observation of three members with nothing wrong.
func healthy() care.Observation {
	facts := schema.Facts{Clustered: true, Leader: "m1", Source: "dqlite", Members: map[string]schema.MemberFacts{},
		Hosts: map[string]schema.HostFacts{}}
	o := care.Observation{Local: map[string][]schema.RaftMember{}, Answers: map[string]bool{},
		Own: map[string]schema.CertificateEntry{}, Expiry: map[string]time.Time{},
		Clocks: map[string]time.Duration{}, Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	var objects []schema.Object
	for i, name := range []string{"m1", "m2", "m3"} {
		address := fmt.Sprintf("10.0.0.%d:8443", i+1)
		facts.Members[name] = schema.MemberFacts{Address: address, State: schema.StateCreated, Role: schema.Voter,
			Online: true, Schema: 60, Extensions: 318}
		facts.Hosts[name] = schema.HostFacts{Clustered: true, Socket: true}
		o.Raft.Members = append(o.Raft.Members, schema.RaftMember{ID: uint64(i + 1), Address: address, Role: schema.Voter})
		o.Answers[name], o.Clocks[name] = true, time.Duration(i)*10*time.Millisecond
		o.Trusted = append(o.Trusted, care.TrustedServer{Name: name, Fingerprint: strings.Repeat(fmt.Sprint(i), 64)})
		objects = append(objects, schema.Object{Ref: schema.Ref{Kind: schema.KindMember, Name: name},
			State: schema.StateCreated,
			Body: schema.Body{Attrs: map[string]string{"address": address, "failure_domain": "default"},
				Lists: map[string][]string{"groups": {"default"}}}})
	}
	for name := range facts.Members {
		o.Local[name] = o.Raft.Members
	}
	o.Raft.Leader = "10.0.0.1:8443"
	o.Live = schema.NewCluster(facts, objects...)
	return o
}

// with returns the observation with more objects.
func with(o care.Observation, objects ...schema.Object) care.Observation {
	o.Live = schema.NewCluster(o.Live.Facts, append(o.Live.Objects(), objects...)...)
	return o
}

// findings writes them as lines: code, summary, and the steps that mend it.
func findings(o care.Observation) []string {
	var out []string
	for _, f := range care.Diagnose(o, kinds.Registry(), build.Build) {
		line := string(f.Code) + ": " + f.Summary
		for _, s := range f.Steps {
			line += fmt.Sprintf(" [%s %s %s]", s.ID, s.Op.Request.Method, s.Op.Request.Path)
		}
		out = append(out, line)
	}
	return out
}

func TestDiagnosis(t *testing.T) {
	t.Parallel()
	ghost := schema.RaftMember{ID: 9, Address: "10.0.0.9:8443", Role: schema.Voter}
	pool := func(state schema.State, parts map[string]schema.Part) schema.Object {
		return schema.Object{Ref: schema.Ref{Kind: schema.KindStoragePool, Name: "fast"}, State: state,
			Body: schema.Body{Attrs: map[string]string{"driver": "dir"}}, Members: parts}
	}
	pending := schema.Part{State: schema.StatePending}
	for _, c := range []struct {
		name  string
		spoil func(*care.Observation)
		want  []string
	}{
		{"healthy", func(*care.Observation) {}, nil},
		{"ghost", func(o *care.Observation) {
			o.Raft.Members = append(o.Raft.Members, ghost)
			o.Local["m1"], o.Local["m2"], o.Local["m3"] = o.Raft.Members, o.Raft.Members, o.Raft.Members
		}, []string{"raft-ghost: the Raft configuration has 10.0.0.9:8443 (voter), which is no member of the cluster " +
			"[remove-raft:10.0.0.9:8443 DELETE /internal/cluster/raft-node/10.0.0.9:8443]"}},
		{"ghost that answers", func(o *care.Observation) {
			o.Raft.Members = append(o.Raft.Members, ghost)
			o.Local, o.Answers = nil, map[string]bool{ghost.Address: true}
		}, []string{"raft-ghost: the Raft configuration has 10.0.0.9:8443 (voter), which is no member of the cluster"}},
		{"no socket, no repair", func(o *care.Observation) {
			o.Raft.Members = append(o.Raft.Members, ghost)
			o.Local, o.Live.Facts.Hosts = nil, nil
		}, []string{"raft-ghost: the Raft configuration has 10.0.0.9:8443 (voter), which is no member of the cluster"}},
		{"not in Raft, copies behind", func(o *care.Observation) { o.Raft.Members = o.Raft.Members[:2] }, []string{
			"member-not-in-raft: member m3 (10.0.0.3:8443) is not in the Raft configuration",
			"raft-copy-differs: the copy of the Raft configuration on m1, m2, m3 still has 10.0.0.3:8443"}},
		{"fenced, down, older and with a copy of its own", func(o *care.Observation) {
			o.Raft.Members, o.Trusted, o.Answers["m3"] = o.Raft.Members[:2], o.Trusted[:2], false
			o.Local["m1"], o.Local["m2"] = o.Raft.Members, o.Raft.Members
			o.Live.Facts.Members["m3"] = schema.MemberFacts{Address: "10.0.0.3:8443", State: schema.StateCreated, Schema: 59}
			o.Live.Facts.Hosts["m3"] = schema.HostFacts{Fault: "connection refused", FaultKind: schema.FaultUnreachable}
			o.Blocked = []care.Blocked{{From: "m3", To: "m1", Key: "cluster.https_address", Address: "10.0.0.1:8443"}}
		}, []string{"server-certificate-missing: the trust store has no server certificate under the name m3, which is down or out " +
			"of the database"}},
		{"fenced, and its certificate is read", func(o *care.Observation) {
			o.Raft.Members, o.Trusted, o.Local = o.Raft.Members[:2], o.Trusted[:2], nil
			o.Own["m3"] = schema.CertificateEntry{Fingerprint: strings.Repeat("a", 64), Base64: "AAAA"}
		}, []string{"server-certificate-missing: the trust store does not have the server certificate of m3 (aaaaaaaaaaaa), which is " +
			"down or out of the database"}},
		{"fenced, with a certificate that nobody has the key of", func(o *care.Observation) {
			o.Raft.Members, o.Trusted, o.Local = o.Raft.Members[:2], o.Trusted[:2], nil
			o.Trusted = append(o.Trusted, care.TrustedServer{Name: "m3", Fingerprint: "abcdef0123456789"})
			o.Own["m3"] = schema.CertificateEntry{Fingerprint: strings.Repeat("a", 64), Base64: "AAAA"}
		}, []string{"server-certificate-missing: the trust store does not have the server certificate of m3 (aaaaaaaaaaaa), " +
			"which is down or out of the database"}},
		{"fenced like that, and reached by nobody", func(o *care.Observation) {
			o.Raft.Members, o.Trusted, o.Local, o.Answers["m3"] = o.Raft.Members[:2], o.Trusted[:2], nil, false
			o.Trusted = append(o.Trusted, care.TrustedServer{Name: "m3", Fingerprint: "abcdef0123456789", Keyless: true})
			o.Live.Facts.Members["m3"] = schema.MemberFacts{Address: "10.0.0.3:8443", State: schema.StateCreated}
			o.Live.Facts.Hosts["m3"] = schema.HostFacts{Fault: "connection refused", FaultKind: schema.FaultUnreachable}
		}, []string{"server-certificate-missing: the server certificate that the trust store has of m3 is one that a recovery " +
			"made, and nobody has its key"}},
		{"fenced, and in the configuration again", func(o *care.Observation) {
			o.Raft.Members[2].Role, o.Trusted, o.Local = schema.Spare, o.Trusted[:2], nil
			o.Live.Facts.Hosts["m3"] = schema.HostFacts{Fault: "daemon not ready", FaultKind: schema.FaultStarting}
			o.Own["m3"] = schema.CertificateEntry{Fingerprint: strings.Repeat("a", 64), Base64: "AAAA"}
		}, []string{"server-certificate-missing: the trust store does not have the server certificate of m3 (aaaaaaaaaaaa), which is " +
			"down or out of the database"}},
		{"own address", func(o *care.Observation) {
			*o = with(*o, schema.Object{Ref: schema.Ref{Kind: schema.KindServer, Name: schema.ServerName},
				State:   schema.StateCreated,
				Members: map[string]schema.Part{"m2": {Config: map[string]string{"cluster.https_address": "10.1.1.2:8443"}}}})
		}, []string{"address-differs: m2 takes itself for 10.1.1.2:8443, and the cluster knows it as 10.0.0.2:8443"}},
		{"dead join", func(o *care.Observation) {
			o.Live.Facts.Members["m'4"] = schema.MemberFacts{Address: ghost.Address, State: schema.StatePending}
			o.Raft.Members, o.Local, o.Answers["m'4"] = append(o.Raft.Members, ghost), nil, false
		}, []string{"join-unfinished: the join of m'4 is dead: nobody answers at 10.0.0.9:8443 " +
			"[remove-raft:10.0.0.9:8443 DELETE /internal/cluster/raft-node/10.0.0.9:8443] [forget:m'4 POST /internal/sql]"}},
		{"join that may go on", func(o *care.Observation) {
			o.Live.Facts.Members["m4"] = schema.MemberFacts{Address: "10.0.0.9:8443", State: schema.StatePending}
			o.Answers["m4"] = true
		}, []string{"join-unfinished: the join of m4 (10.0.0.9:8443) has not ended"}},
		{"offline, old", func(o *care.Observation) {
			o.Answers["m2"] = false
			o.Live.Facts.Hosts["m2"] = schema.HostFacts{Fault: "connection refused", FaultKind: schema.FaultUnreachable}
			o.Blocked = []care.Blocked{{From: "m1", To: "m2", Key: "cluster.https_address", Address: "10.0.0.2:8443"}}
			o.Live.Facts.Members["m3"] = schema.MemberFacts{Address: "10.0.0.3:8443", State: schema.StateCreated, Online: true,
				Schema: 59, Extensions: 300}
		}, []string{"member-offline: m2 (10.0.0.2:8443) does not answer",
			"versions-differ: m3 is older than m1: schema 59 and 300 API extensions, against 60 and 318"}},
		{"behind a firewall", func(o *care.Observation) {
			o.Answers["m2"] = false
			o.Blocked = []care.Blocked{{From: "m3", To: "m1", Key: "core.https_address", Address: "vip:443"},
				{From: "m3", To: "m2", Key: "cluster.https_address", Address: "10.0.0.2:8443"},
				{From: "m1", To: "m2", Key: "cluster.https_address", Address: "10.0.0.2:8443"}}
		}, []string{"address-blocked: vip:443 (core.https_address of m1) takes no connection from m3",
			"address-blocked: 10.0.0.2:8443 (cluster.https_address of m2) takes no connection from m1, m3"}},
		{"stale certificate", func(o *care.Observation) {
			o.Trusted = append(o.Trusted, care.TrustedServer{Name: "m9", Fingerprint: "abcdef0123456789"})
		}, []string{"stale-server-certificate: the trust store has the server certificate abcdef012345 of m9, which is no member " +
			"[distrust:abcdef0123456789 DELETE /1.0/certificates/abcdef0123456789]"}},
		{"stale certificate that the server keeps", func(o *care.Observation) {
			o.Live.Facts.Flavour = schema.Flavour{Product: schema.LXD, Version: "6.9"}
			o.Trusted = append(o.Trusted, care.TrustedServer{Name: "m9", Fingerprint: "abcdef0123456789"})
		}, []string{"stale-server-certificate: the trust store has the server certificate abcdef012345 of m9, which is no member"}},
		{"certificate of a join that has just begun", func(o *care.Observation) {
			o.Trusted = append(o.Trusted, care.TrustedServer{Name: "m9", Fingerprint: "abcdef0123456789"})
			o.Live.Facts.Hosts["m9"] = schema.HostFacts{Entering: true}
		}, nil},
		{"renamed member", func(o *care.Observation) { o.Trusted[2].Name = "old" }, []string{
			"server-certificate-missing: the trust store has no server certificate under the name m3",
			"stale-server-certificate: the trust store has the server certificate 222222222222 under the name old, and it is not known to be that of a member"}},
		{"renamed member whose certificate is read", func(o *care.Observation) {
			o.Trusted[2].Name = "old"
			for i, name := range []string{"m1", "m2", "m3"} {
				o.Own[name] = schema.CertificateEntry{Fingerprint: strings.Repeat(fmt.Sprint(i), 64)}
			}
		}, nil},
		{"own certificate not in the store", func(o *care.Observation) {
			o.Own["m3"] = schema.CertificateEntry{Fingerprint: strings.Repeat("a", 64), Base64: "AAAA"}
		}, []string{
			"server-certificate-missing: the trust store does not have the server certificate of m3 (aaaaaaaaaaaa) [trust:m3 POST /1.0/certificates]",
			"stale-server-certificate: the trust store has the server certificate 222222222222 under the name m3, and it is not known to be that of a member"}},
		{"pool to be resumed", func(o *care.Observation) {
			*o = with(*o, pool(schema.StatePending,
				map[string]schema.Part{"m1": pending, "m2": pending, "m3": {State: schema.StateCreated}}))
		}, []string{"half-created: storage pool fast is not whole: pending on m1, m2 [create:storage_pool/fast POST /1.0/storage-pools]"}},
		{"pool with a part missing", func(o *care.Observation) {
			*o = with(*o, pool(schema.StatePending, map[string]schema.Part{"m1": pending}))
		}, []string{"half-created: storage pool fast is not whole: pending on m1; not defined on m2, m3"}},
		{"clock and certificate", func(o *care.Observation) {
			o.Clocks["m3"] = -5 * time.Second
			o.Expiry["the cluster's certificate"] = o.Now.Add(72 * time.Hour)
			o.Expiry["a far one"] = o.Now.Add(72 * 24 * time.Hour)
		}, []string{"clock-skew: the clock of m3 is 5s behind the others",
			"certificate-expires: the cluster's certificate ends on 2026-11-26"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := healthy()
			c.spoil(&o)
			if diff := cmp.Diff(c.want, findings(o)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRepairIsAPlanOfAllSteps(t *testing.T) {
	t.Parallel()
	o := healthy()
	o.Live.Facts.Members["m4"] = schema.MemberFacts{Address: "10.0.0.9:8443", State: schema.StatePending}
	o.Raft.Members = append(o.Raft.Members, schema.RaftMember{Address: "10.0.0.9:8443"})
	o.Local, o.Answers["m4"] = nil, false
	p := care.Repair(care.Diagnose(o, kinds.Registry(), build.Build), o.Live, []schema.Member{{Name: "m1"}}, nil)
	if moved := plan.Stale(p, o.Live); len(moved) > 0 {
		t.Errorf("stale right after it was made: %v", moved)
	}
	if len(p.Steps) != 2 || p.Steps[1].Needs[0] != p.Steps[0].ID || p.Refused() || p.Empty() {
		t.Errorf("got %+v, want the row to go after the Raft entry", p.Steps)
	}
	const want = `{"database":"global","query":"DELETE FROM nodes WHERE name = 'm4' AND state = 1"}`
	if got := string(p.Steps[1].Op.Request.Body); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Removing the certificate of a renamed member would end it: nothing may tell a person to do so.
func TestNoAdviceToDistrustWhatMayBeAMember(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*care.Observation){
		"renamed": func(o *care.Observation) { o.Trusted[2].Name = "old" },
		"joining": func(o *care.Observation) {
			o.Trusted = append(o.Trusted, care.TrustedServer{Name: "m9", Fingerprint: "abcdef0123456789"})
			facts := o.Live.Facts
			facts.Unseen = []schema.Sighting{{What: schema.LookJoins}}
			o.Live = schema.NewCluster(facts, o.Live.Objects()...)
		},
	} {
		o := healthy()
		change(&o)
		found := false
		for _, f := range care.Diagnose(o, kinds.Registry(), build.Build) {
			found = found || f.Code == plan.CodeStaleTrust
			if len(f.Steps) > 0 || strings.Contains(f.Hint, "trust remove") {
				t.Errorf("%s: %s: %q with %d steps", name, f.Summary, f.Hint, len(f.Steps))
			}
		}
		if !found {
			t.Errorf("%s: the certificate is not mentioned", name)
		}
	}
}
