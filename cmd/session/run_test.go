package session

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterctl/apply"
	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// oneMember is a cluster that has the profiles that were created in it.
type oneMember struct{ profiles map[string]bool }

func (c *oneMember) Close() error                                     { return nil }
func (c *oneMember) API(context.Context, string) (drivers.API, error) { return c, nil }

func (c *oneMember) Read(context.Context) (schema.Cluster, error) {
	objects := []schema.Object{{Ref: plan.MemberRef("node1"), State: schema.StateCreated,
		Body: schema.Body{Attrs: map[string]string{"address": "10.0.0.1:8443", "failure_domain": "default"},
			Lists: map[string][]string{"groups": {"default"}}}}}
	for name := range c.profiles {
		objects = append(objects, schema.Object{Ref: schema.Ref{Kind: schema.KindProfile, Project: "default",
			Name: name}, State: schema.StateCreated})
	}
	return schema.NewCluster(schema.Facts{Flavour: schema.JudgedLXD, Clustered: true, Source: "dqlite", Leader: "node1",
		Members: map[string]schema.MemberFacts{"node1": {Address: "10.0.0.1:8443", State: schema.StateCreated,
			Role: schema.Voter, Online: true}},
		Hosts: map[string]schema.HostFacts{"node1": {Flavour: schema.JudgedLXD, Clustered: true,
			Socket: true}}}, objects...), nil
}

func (c *oneMember) Do(_ context.Context, call drivers.Call) (drivers.Reply, error) {
	if call.Method == http.MethodPost && call.Path == "/1.0/profiles" {
		body, _ := json.Marshal(call.Body)
		var profile struct{ Name string }
		if err := json.Unmarshal(body, &profile); err != nil {
			return drivers.Reply{}, err
		}
		c.profiles[profile.Name] = true
	}
	return drivers.Reply{Status: 200, Metadata: json.RawMessage(`{}`)}, nil
}

// told is a report that answers questions with one word and keeps what it is told.
type told struct {
	answer string
	asked  []Question
	plans  int
	result Result
}

func (r *told) Event(apply.Event) {}

func (r *told) Tell(what any) {
	if _, ok := what.(*Survey); ok {
		r.plans++
	}
}

func (r *told) Ask(_ context.Context, q Question) (string, error) {
	r.asked = append(r.asked, q)
	if r.answer == "" {
		return "", ErrNobody
	}
	return r.answer, nil
}

func (r *told) Ended(result Result, _ error) { r.result = result }

const webProfile = "members: [{name: node1, address: '10.0.0.1:8443'}]\nprofiles: [{name: web}]\n"

// dying is a cluster of three voters of which the first still answers, though two are gone.
type dying struct{ oneMember }

func (c *dying) Read(ctx context.Context) (schema.Cluster, error) {
	live, err := c.oneMember.Read(ctx)
	for _, name := range []string{"node2", "node3"} {
		live.Facts.Members[name] = schema.MemberFacts{Address: name + ":8443", State: schema.StateCreated, Role: schema.Voter}
	}
	return live, err
}

func TestPlanOfTooFewVotersSaysSoAsStatusDoes(t *testing.T) {
	t.Parallel()
	s := &Session{Limits: Limits{Timeout: time.Minute, Parallelism: 1}, World: World{Now: time.Now}}
	_, planned := s.readAtRest(t.Context(), &dying{})
	_, looked := s.observe(t.Context(), opened{backend: &dying{}})
	const want = "looking at the cluster: most voters of the database are offline: 1 of 3 online, 2 needed"
	for _, err := range []error{planned, looked} {
		if err == nil || err.Error() != want || CodeOf(err) != ExitUnreachable {
			t.Errorf("got %v with exit code %d, want %s", err, CodeOf(err), want)
		}
	}
}

// begun is a cluster in which node2 is something else when it is read first.
type begun struct {
	oneMember
	row   *schema.MemberFacts
	host  schema.HostFacts
	reads int
}

func (c *begun) Read(ctx context.Context) (schema.Cluster, error) {
	live, err := c.oneMember.Read(ctx)
	row, host := c.row, c.host
	if c.reads++; c.reads > 1 {
		row = &schema.MemberFacts{Address: "node2:8443", State: schema.StateCreated, Online: true}
		host = schema.HostFacts{Clustered: true, Name: "node2"}
	}
	if row != nil {
		live.Facts.Members["node2"] = *row
	}
	live.Facts.Hosts["node2"] = host
	return live, err
}

// A run that is started again at once after clusterctl was killed in a join took it for one that was broken off, and a
// member that had just been started again for one that is offline.
func TestWhatGoesOnByItselfIsWaitedFor(t *testing.T) {
	t.Parallel()
	row := func(state schema.State) *schema.MemberFacts {
		return &schema.MemberFacts{Address: "node2:8443", State: state, HeartbeatAge: time.Minute}
	}
	const may = "the join of node2 may be going on: waiting up to 5s for it"
	for _, test := range []struct {
		first begun
		want  string
	}{
		{begun{row: row(schema.StatePending), host: schema.HostFacts{Blank: true}}, may},
		{begun{row: row(schema.StateCreated)}, may},
		{begun{host: schema.HostFacts{Entering: true}},
			"an earlier join of node2 has begun, as its daemon says, and has not ended: waiting up to 1m10s for it"},
		{begun{row: row(schema.StateCreated), host: schema.HostFacts{Clustered: true, Name: "node2"}},
			"node2 answers and has no heartbeat for 1m0s: waiting up to 15s for it"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var told []error
			s := &Session{Limits: Limits{Timeout: time.Minute, Parallelism: 1}, World: World{Now: time.Now},
				Warn: func(err error) { told = append(told, err) }}
			live, err := s.readAtRest(t.Context(), &test.first)
			if m := live.Facts.Members["node2"]; err != nil || !m.Online || len(told) != 1 || told[0].Error() != test.want {
				t.Errorf("%v: node2 is %+v, told %v, want %s", err, m, told, test.want)
			}
		})
	}
}

// late is a cluster that gives no answer, whose connections break when somebody has waited for too long.
type late struct{ oneMember }

func (*late) Read(ctx context.Context) (schema.Cluster, error) {
	<-ctx.Done()
	return schema.Cluster{}, &drivers.Error{Kind: drivers.Timeout, Op: "finding the database's leader",
		Err: io.ErrUnexpectedEOF}
}

func TestNoAnswerInTimeIsNoOtherFault(t *testing.T) {
	t.Parallel()
	s := &Session{Limits: Limits{Timeout: time.Millisecond}, World: World{Now: time.Now}}
	_, err := s.Read(t.Context(), &late{})
	const want = "reading the cluster: finding the database's leader: unexpected EOF (context deadline exceeded)"
	if err == nil || err.Error() != want || CodeOf(err) != ExitUnreachable {
		t.Errorf("got %v with exit code %d, want %s", err, CodeOf(err), want)
	}
}

// Heartbeats that are older than the rule of the leader tell nothing of anybody: of five live members all were called
// offline 17 seconds after their leader had died.
func TestHeartbeatsBeforeTheLeaderAreNoEvidence(t *testing.T) {
	t.Parallel()
	live, _ := (&dying{}).Read(t.Context())
	f := live.Facts
	if why, _ := goingOn(f); why != "" {
		t.Errorf("two voters are gone, and %q is waited for", why)
	}
	late := f.Members["node1"]
	late.Online = false
	f.Members["node1"] = late
	const want = "there was no round of heartbeats since node1 leads"
	for age, joins := range map[time.Duration]bool{time.Minute: true, 71 * time.Second: false} {
		f.Members["node4"] = schema.MemberFacts{State: schema.StatePending, HeartbeatAge: age}
		f.Hosts = map[string]schema.HostFacts{"node4": {Joining: true}}
		if got, goes := goingOn(f); got != want || goes != joins {
			t.Errorf("got %q and a join %v after %s, want %q and %v", got, goes, age, want, joins)
		}
	}
}

// TestApplyAsksThenChangesThenLooksAgain runs the use case without a command line.
func TestApplyAsksThenChangesThenLooksAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		preseed, answer string
		approve         bool
		code            ExitCode
		result          string
		asked, changed  bool
	}{
		"yes":             {webProfile, "yes", false, ExitDone, "applied", true, true},
		"no":              {webProfile, "y", false, ExitConsent, "refused", true, false},
		"nobody is there": {webProfile, "", false, ExitConsent, "refused", true, false},
		"said before":     {webProfile, "", true, ExitDone, "applied", false, true},
		"nothing to do": {"members: [{name: node1, address: '10.0.0.1:8443'}]\n", "", false, ExitDone,
			"unchanged", false, false},
		"not valid": {webProfile + "storage_pols: []\n", "", true, ExitInvalid, "invalid", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "preseed.yaml")
			if err := os.WriteFile(file, []byte(test.preseed), 0o600); err != nil {
				t.Fatal(err)
			}
			world := &oneMember{profiles: map[string]bool{}}
			s := testSession(nil)
			s.Open = func(context.Context, Target) (drivers.Backend, error) { return world, nil }
			s.Signals = &Interrupts{}
			report := &told{answer: test.answer}
			run := Run{Session: s, Report: report, Approve: test.approve, Lock: LockOptions{Off: true},
				Words: []string{"apply", file}, Names: []string{file}}
			err := run.Apply(t.Context())
			if got := CodeOf(err); got != test.code || report.result.Result != test.result {
				t.Errorf("%v: code %d, %q, want %d, %q", err, got, report.result.Result, test.code, test.result)
			}
			if got := len(report.asked) > 0; got != test.asked {
				t.Errorf("asked %v, want %t", report.asked, test.asked)
			}
			if world.profiles["web"] != test.changed || report.result.Verified != test.changed {
				t.Errorf("changed %t, verified %t, want %t", world.profiles["web"], report.result.Verified,
					test.changed)
			}
		})
	}
}

// TestSavedPlanIsAppliedOnceAndThenStale saves a plan, applies it, and tries again.
func TestSavedPlanIsAppliedOnceAndThenStale(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, saved := filepath.Join(dir, "preseed.yaml"), filepath.Join(dir, "plan.json")
	if err := os.WriteFile(file, []byte(webProfile), 0o600); err != nil {
		t.Fatal(err)
	}
	world := &oneMember{profiles: map[string]bool{}}
	s := testSession(map[string]string{"HOME": t.TempDir()})
	s.Open = func(context.Context, Target) (drivers.Backend, error) { return world, nil }
	s.Signals = &Interrupts{}
	inputs, err := s.Inputs([]string{file})
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Survey(t.Context(), inputs, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.SavePlan(saved, v.Plan), v.Close()); err != nil {
		t.Fatal(err)
	}
	if err := s.SavePlan(file, v.Plan); CodeOf(err) != ExitUsage {
		t.Errorf("a preseed is overwritten: %v", err)
	}
	var got []ExitCode
	for range 2 {
		report := &told{}
		run := Run{Session: s, Report: report, Lock: LockOptions{Off: true}, Words: []string{"apply", saved},
			Names: []string{saved}}
		err := run.Apply(t.Context())
		got = append(got, CodeOf(err))
		if err != nil && !strings.Contains(HintOf(err), "clusterctl plan "+file) {
			t.Errorf("%v does not say how to plan again: %s", err, HintOf(err))
		}
	}
	if diff := cmp.Diff([]ExitCode{ExitDone, ExitStale}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnreadableHostIsAFact meets a server that cannot be reached.
func TestUnreadableHostIsAFact(t *testing.T) {
	t.Parallel()
	s := testSession(nil)
	s.Open = func(context.Context, Target) (drivers.Backend, error) {
		return nil, &drivers.Error{Kind: drivers.HostKeyUnknown, Op: "connecting"}
	}
	if got := s.Meet(t.Context(), schema.Member{Name: "node1"}); got.FaultKind != drivers.HostKeyUnknown ||
		got.Fault == "" {
		t.Errorf("got %+v", got)
	}
}

// stranger is oneMember behind a server that trusts this client once it was given the password.
type stranger struct {
	oneMember
	trusts, told bool
}

func (c *stranger) API(context.Context, string) (drivers.API, error) { return c, nil }

func (c *stranger) Read(ctx context.Context) (schema.Cluster, error) {
	if !c.trusts {
		return schema.Cluster{}, &drivers.NobodyError{Err: &drivers.Error{Kind: drivers.Denied, Err: errors.New("untrusted")},
			Hosts: map[string]schema.HostFacts{"node1": {Fault: "untrusted", FaultKind: drivers.Denied, Untrusted: true}}}
	}
	return c.oneMember.Read(ctx)
}

func (c *stranger) Do(ctx context.Context, call drivers.Call) (drivers.Reply, error) {
	switch {
	case call.Path == "/1.0/certificates":
		body, _ := json.Marshal(call.Body)
		c.told, c.trusts = true, strings.Contains(string(body), "sekret")
	case call.Path == "/1.0" && !c.trusts:
		return drivers.Reply{Status: 200, Metadata: json.RawMessage(`{"auth":"untrusted"}`)}, nil
	case call.Path == "/1.0":
		return drivers.Reply{Status: 200, Metadata: json.RawMessage(`{"auth":"trusted"}`)}, nil
	}
	return c.oneMember.Do(ctx, call)
}

const strangePreseed = `
members: [{name: node1, address: '10.0.0.1:8443', connection: {https: {url: 'https://10.0.0.1:8443', fingerprint: "` +
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" +
	`", certificate: c, key: k, password: {env: CLUSTERCTL_SECRET_TRUST}}}}]
profiles: [{name: web}]
`

// TestTrustComesFirst plans nothing but the trust of a server that does not trust this client, sends nothing before
// somebody said yes, and goes on with the rest then.
func TestTrustComesFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, saved := filepath.Join(dir, "preseed.yaml"), filepath.Join(dir, "plan.json")
	if err := os.WriteFile(file, []byte(strangePreseed), 0o600); err != nil {
		t.Fatal(err)
	}
	world := &stranger{oneMember: oneMember{profiles: map[string]bool{}}}
	s := testSession(map[string]string{"CLUSTERCTL_SECRET_TRUST": "sekret", "HOME": dir})
	s.Open = func(context.Context, Target) (drivers.Backend, error) { return world, nil }
	s.Signals = &Interrupts{}
	inputs, err := s.Inputs([]string{file})
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Survey(t.Context(), inputs, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.SavePlan(saved, v.Plan), v.Close()); err != nil {
		t.Fatal(err)
	}
	if got := v.Plan.Steps; len(got) != 1 || got[0].ID != "trust:node1" || len(v.Plan.Changes) != 0 ||
		len(v.Plan.Unseen) != 1 {
		t.Errorf("planned %+v, unseen %v", got, v.Plan.Unseen)
	}
	apply := func(answer, name string) *told {
		report := &told{answer: answer}
		run := Run{Session: s, Report: report, Lock: LockOptions{Off: true}, Words: []string{"apply", name},
			Names: []string{name}}
		if err := run.Apply(t.Context()); answer == "yes" && err != nil {
			t.Error(err)
		}
		return report
	}
	if apply("no", file); world.told {
		t.Error("the password is sent though nobody said yes")
	}
	if report := apply("yes", file); !world.profiles["web"] || len(report.asked) != 2 ||
		report.result.Result != "applied" {
		t.Errorf("asked %v, ended as %s", report.asked, report.result.Result)
	}
	*world = stranger{oneMember: oneMember{profiles: map[string]bool{}}}
	if report := apply("yes", saved); !world.trusts || len(report.asked) != 0 || world.profiles["web"] {
		t.Errorf("of a saved plan: trusted %t, asked %v, went on %t", world.trusts, report.asked, world.profiles["web"])
	}
}

// TestSealedPlansRunOnlyTasks opens plans that have the right seal and run commands.
func TestSealedPlansRunOnlyTasks(t *testing.T) {
	t.Parallel()
	const folder = "/var/lib/lxd"
	service, _ := drivers.ServiceOf(folder)
	for name, test := range map[string]struct {
		op    plan.Op
		opens bool
	}{
		"leftovers": {plan.Op{Kind: plan.OpShell, Shell: &plan.Shell{Task: "clear", Folder: folder,
			Names: []string{"network:br0"}}}, true},
		"the package's": {plan.Op{Kind: plan.OpShell, Shell: &plan.Shell{Task: "service", Folder: folder,
			Text: service.Start}}, true},
		"taken out of Raft": {plan.Op{Kind: plan.OpLeaveRaft, LeaveRaft: &plan.LeaveRaft{Member: "node3",
			Address: "10.0.0.3:8443"}}, true},
		"free text": {plan.Op{Kind: plan.OpShell, Shell: &plan.Shell{Task: "service", Folder: folder, Text: "id"}},
			false},
		"another task":    {plan.Op{Kind: plan.OpShell, Shell: &plan.Shell{Task: "fence", Folder: folder}}, false},
		"a restart":       {plan.Op{Kind: plan.OpRestart, Shell: &plan.Shell{Task: "service", Folder: folder}}, false},
		"no word of what": {plan.Op{Kind: plan.OpShell}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testSession(map[string]string{"CLUSTERCTL_PLAN_KEY": "0123456789abcdef"})
			s.AllowCommands = true // for the preseed alone
			p := &plan.Plan{Steps: []plan.Step{{ID: "a", Member: "node1", Op: test.op}}}
			if err := p.Sign([]byte("0123456789abcdef")); err != nil {
				t.Fatal(err)
			}
			data, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			// What would not be applied is not saved in the first place.
			if err := s.SavePlan(filepath.Join(t.TempDir(), "plan.json"), p); p.Steps[0].Op.Shell != nil &&
				(CodeOf(err) == ExitConsent) == test.opens {
				t.Errorf("saved: %v", err)
			}
			_, sealed, err := (&Run{Session: s}).openPlan("plan.json", data)
			if sealed != test.opens || (CodeOf(err) == ExitConsent) == test.opens {
				t.Errorf("opened %t, %v; want %t", sealed, err, test.opens)
			}
			p.Seal = ""
			if data, err = json.Marshal(p); err != nil {
				t.Fatal(err)
			}
			if _, _, err := (&Run{Session: s, Plan: "plan.json"}).openPlan("plan.json", data); CodeOf(err) != ExitConsent {
				t.Errorf("without a seal: %v", err)
			}
		})
	}
}
