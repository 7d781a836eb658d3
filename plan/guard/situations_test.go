package guard_test

import (
	"encoding/pem"
	"regexp"
	"strings"
	"testing"
	"time"

	"clusterctl/plan/guard"
	"clusterctl/schema"
)

// TestEverySituationIsToldApart has the facts of each row of the table, and more than it asks for.
func TestEverySituationIsToldApart(t *testing.T) {
	t.Parallel()
	const use, join, all, leave, up = guard.ToUse, guard.ToJoin, guard.ToChangeAll, guard.ToLeave, guard.ToGiveUp
	const know, failed, mute = guard.ToKnow, guard.JoinFailed, guard.NoDatabase
	const young, late = guard.Listed | guard.Young, guard.Listed | guard.Late
	cases := map[string][]guard.Facts{
		"its bootstrap goes on":       {use | guard.Bootstrapping},
		"its bootstrap broke off":     {use | guard.HalfBootstrapped, use | guard.NoRow | guard.HalfBootstrapped},
		"a join goes on":              {use | young | guard.HalfJoined, use | late | guard.HalfJoined},
		"its join failed at its end":  {use | young | guard.HalfMember, use | late | guard.HalfMember},
		"installed anew":              {use | young | guard.Blank, use | late | guard.Blank},
		"in no cluster, by its word":  {use | young | guard.Alone},
		"renamed":                     {use | young | guard.Renamed},
		"another member":              {use | young | guard.AnotherMember},
		"a member of another cluster": {use | late | guard.Foreign},
		"host key":                    {use | guard.NoRow | guard.HostKey, use | young | guard.HostKey},
		"certificate":                 {use | young | guard.WrongCertificate},
		"rights for projects":         {use | young | guard.Restricted},
		"no rights":                   {use | guard.Denied},
		"it starts, a member":         {use | late | guard.Starting},
		"it starts":                   {use | guard.NoRow | guard.Starting, use | guard.Pending | guard.Starting},
		"no answer":                   {use | late | guard.Silent, use | guard.Broken},

		"in another cluster":      {join | guard.NoRow | guard.Foreign, join | guard.Pending | guard.Foreign, join | guard.Foreign},
		"a member under its name": {join | guard.NoRow | guard.AnotherMember},
		"its join has begun":      {join | guard.NoRow | guard.Entering, join | guard.Pending | guard.Entering},
		"its join goes on":        {join | guard.Pending | guard.HalfJoined, join | guard.Pending | guard.Ours},
		"its join was broken off": {join | guard.Pending | guard.Silent, join | guard.Pending | guard.Starting},
		"only the row is left":    {join | guard.Pending, join | guard.Pending | guard.Blank, join | guard.Pending | guard.Alone},
		"removed, and not wiped":  {join | guard.NoRow | guard.Ours, join | guard.NoRow | guard.HalfJoined},
		"removed, or joining":     {join | guard.NotListed | guard.Ours, join | guard.NotListed | guard.HalfJoined},

		"running, no heartbeat":     {all | late | guard.Ours, all | late | guard.Renamed},
		"offline":                   {all | late | guard.Silent, all | late, all | late | guard.Starting},
		"not reached from here":     {all | young | guard.Silent},
		"not reached by the others": {all | young | guard.Unreached},

		"to leave, and running":    {leave | late | guard.Ours},
		"to leave, and joining":    {leave | guard.Pending, leave | guard.Pending | guard.Silent},
		"to leave, and off":        {leave | late | guard.Silent, leave | late},
		"to leave, and silent":     {leave | young | guard.Silent},
		"given up, installed anew": {up | young | guard.Blank},
		"given up, silent":         {up | young | guard.Silent},
		"given up, online":         {up | young, up | young | guard.Ours},
		"given up, answering":      {up | late | guard.Ours},

		"given up by a recovery": {know | guard.Listed | guard.GivenUp, know | guard.Listed | guard.GivenUp | guard.NotInRaft},

		"half a member":                 {know | young | guard.HalfMember, know | late | guard.HalfMember | guard.Reached},
		"healthy but late":              {know | late | guard.Ours | guard.Unreached},
		"late, address answers":         {know | late | guard.Silent | guard.Reached},
		"dead, or cut off":              {know | late | guard.Unreached, know | late},
		"cut off from here":             {know | young | guard.Ours | guard.Unreached},
		"silent, heartbeat young":       {know | young | guard.Unreached, know | young | guard.Silent | guard.Unreached},
		"a dead join":                   {know | guard.Pending | guard.Unreached},
		"a join that has not ended":     {know | guard.Pending, know | guard.Pending | guard.Reached},
		"somebody at a ghost's address": {know | guard.NoRow | guard.InRaft | guard.Reached},
		"a ghost":                       {know | guard.NoRow | guard.InRaft, know | guard.NoRow | guard.InRaft | guard.Unreached},
		"out of the database":           {know | guard.Listed | guard.NotInRaft},
		"fenced": {know | guard.Listed | guard.Distrusted | guard.NotInRaft,
			know | guard.Listed | guard.Distrusted | guard.Idle},
		"fenced, by its name": {know | guard.Listed | guard.MaybeMember | guard.NotInRaft,
			know | guard.Listed | guard.MaybeMember | guard.Idle},
		"own certificate missing":       {know | guard.Listed | guard.Distrusted},
		"no certificate under its name": {know | guard.Listed | guard.MaybeMember},
		"a certificate of a member":     {know | guard.MaybeMember},
		"a certificate of a joiner":     {know | guard.MaybeJoiner},
		"a stale certificate":           {know | guard.StaleTrust},

		"hung":                    {failed | guard.Hangs | guard.HalfJoined},
		"stopped":                 {failed | guard.Stopped | guard.HalfJoined},
		"joined all the same":     {failed | guard.Over | guard.Listed},
		"the cluster is silent":   {failed | guard.ClusterGone, failed | guard.ClusterGone | guard.HalfJoined},
		"half a database":         {failed | guard.Over | guard.HalfJoined, failed | guard.Unended | guard.HalfJoined},
		"refused with a password": {failed | guard.OverPassword},
		"refused with a token":    {failed | guard.OverToken},
		"refused":                 {failed | guard.Over},
		"not known":               {failed | guard.Unended},

		"ended certificate":          {mute | guard.Ended},
		"no quorum":                  {mute | guard.FewVoters},
		"no leader among enough":     {mute | guard.EnoughVoters},
		"not let in":                 {mute | guard.Denied, mute | guard.Denied | guard.Silent},
		"not known for who they are": {mute | guard.WrongCertificate, mute | guard.HostKey | guard.Silent},
		"no way to them":             {mute | guard.Silent, mute | guard.Broken},
		"roles not known":            {mute, mute | guard.Starting},
	}
	for _, row := range guard.Situations() {
		if len(cases[row.Name]) == 0 {
			t.Errorf("no test has the facts of %q", row.Name)
		}
		for _, facts := range cases[row.Name] {
			if got, ok := guard.Judge(guard.Seen{Facts: facts}); !ok || got.Name != row.Name {
				t.Errorf("%q is taken for %q", row.Name, got.Name)
			}
		}
	}
	for _, healthy := range []guard.Facts{use | young | guard.Ours, join | guard.NoRow | guard.Blank, all | young | guard.Ours,
		leave | young | guard.Ours, know | young | guard.Reached, up | late | guard.Silent, up | late | guard.Blank} {
		if got, ok := guard.Judge(guard.Seen{Facts: healthy}); ok {
			t.Errorf("nothing is wrong, and %q is said", got.Name)
		}
	}
}

// TestNoSituationTellsToDestroy reads what people are told: no command of it takes anything away that may live, and each
// refusal says how to go on.
func TestNoSituationTellsToDestroy(t *testing.T) {
	t.Parallel()
	destroys := regexp.MustCompile(`--force|rm -rf|trust remove|remove-raft-node|clusterctl recover|DELETE FROM|delete `)
	for _, row := range guard.Situations() {
		for _, product := range []schema.Product{schema.LXD, schema.Incus} {
			d := row.Diagnostic(guard.Seen{Member: "node3", Address: "10.0.0.3:8443", Other: "voter", Why: "refused",
				Age: 90 * time.Second, Product: product}, schema.SeverityRefusal)
			text := d.Summary + "\n" + d.Detail + "\n" + d.Hint
			if found := destroys.FindString(text); found != "" {
				t.Errorf("%s: it tells to %s:\n%s", row.Name, found, text)
			}
			if strings.ContainsAny(text, "{}") || product == schema.Incus && strings.Contains(text, "lxc ") {
				t.Errorf("%s: %s", row.Name, text)
			}
			if d.Hint == "" && (row.Do == guard.Refuse || row.Do == guard.Wait) {
				t.Errorf("%s: it is refused without saying how to go on", row.Name)
			}
		}
	}
}

func TestFactsOfAMember(t *testing.T) {
	t.Parallel()
	certificate := func(text string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte(text)}))
	}
	ours, theirs := certificate("ours"), certificate("theirs")
	at := func(address string) map[string]string { return map[string]string{"cluster.https_address": address} }
	const address = "10.0.0.3:8443"
	row := func(state schema.State, online bool) *schema.MemberFacts {
		return &schema.MemberFacts{Address: address, State: state, Online: online}
	}
	for name, c := range map[string]struct {
		row  *schema.MemberFacts
		host *schema.HostFacts
		want guard.Facts
	}{
		"nothing":          {nil, nil, guard.NoRow},
		"a row alone":      {row(schema.StateCreated, true), nil, guard.Listed | guard.Young},
		"late, and runs":   {row(schema.StateCreated, false), &schema.HostFacts{Clustered: true, Certificate: ours, Name: "node3"}, guard.Listed | guard.Late | guard.Ours},
		"renamed":          {row(schema.StateCreated, true), &schema.HostFacts{Clustered: true, Certificate: ours, Name: "old", Config: at(address)}, guard.Listed | guard.Young | guard.Renamed},
		"a stranger there": {row(schema.StateCreated, true), &schema.HostFacts{Clustered: true, Certificate: ours, Name: "old", Config: at("10.0.0.9:8443")}, guard.Listed | guard.Young | guard.AnotherMember},
		"another member":   {row(schema.StateCreated, true), &schema.HostFacts{Clustered: true, Certificate: ours, Name: "node1"}, guard.Listed | guard.Young | guard.AnotherMember},
		"another cluster":  {row(schema.StateCreated, true), &schema.HostFacts{Clustered: true, Certificate: theirs, Name: "node3"}, guard.Listed | guard.Young | guard.Foreign},
		"installed anew":   {row(schema.StateEvacuated, false), &schema.HostFacts{Blank: true}, guard.Listed | guard.Late | guard.Blank},
		"half a member": {row(schema.StateCreated, true), &schema.HostFacts{Joining: true, JoinFailed: true},
			guard.Listed | guard.Young | guard.HalfMember},
		"half joined": {row(schema.StatePending, false), &schema.HostFacts{Joining: true}, guard.Pending | guard.HalfJoined},
		"broken off":  {row(schema.StatePending, false), &schema.HostFacts{Fault: "no", FaultKind: schema.FaultUnreachable}, guard.Pending | guard.Silent},
		"about to join": {nil, &schema.HostFacts{Clustered: true, Certificate: theirs, Entering: true},
			guard.NoRow | guard.Entering},
		"begins, on LXD": {row(schema.StatePending, false), &schema.HostFacts{Blank: true, Entering: true},
			guard.Pending | guard.Entering},
		"accepted": {nil, &schema.HostFacts{Clustered: true, Certificate: ours, Name: "node3", Entering: true},
			guard.NoRow | guard.Entering},
		"removed":         {nil, &schema.HostFacts{Clustered: true, Certificate: ours, Name: "node3"}, guard.NoRow | guard.Ours},
		"removed, starts": {nil, &schema.HostFacts{Fault: "not ready", FaultKind: schema.FaultStarting, Joining: true}, guard.NoRow | guard.HalfJoined},
		"in another one":  {nil, &schema.HostFacts{Clustered: true, Certificate: theirs, Name: "node3"}, guard.NoRow | guard.Foreign},
		"brand new":       {nil, &schema.HostFacts{Blank: true}, guard.NoRow | guard.Blank},
	} {
		f := schema.Facts{Clustered: true, Certificate: ours, Members: map[string]schema.MemberFacts{"node1": {Address: "10.0.0.1:8443"}},
			Hosts: map[string]schema.HostFacts{}}
		if c.row != nil {
			f.Members["node3"] = *c.row
		}
		if c.host != nil {
			f.Hosts["node3"] = *c.host
		}
		if got := guard.LookAt(f, "node3", address, 0); got.Facts != c.want {
			t.Errorf("%s: got %b, want %b", name, got.Facts, c.want)
		}
	}
	blind := schema.Facts{Clustered: true, Unseen: []schema.Sighting{{What: schema.LookJoins}}}
	if got := guard.LookAt(blind, "node3", address, 0); got.Facts != guard.NotListed {
		t.Errorf("over REST: got %b", got.Facts)
	}
}
