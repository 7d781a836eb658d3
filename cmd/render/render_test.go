package render_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterctl/apply"
	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with testdata/NAME, which -update rewrites.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func at(line int) schema.Position {
	return schema.Position{File: "preseed.yaml", Line: line, Column: 3}
}

func header() render.Header {
	return render.Header{
		Facts: schema.Facts{
			Flavour: schema.Flavour{Product: schema.LXD,
				Version: "5.0.2"}, Clustered: true, Leader: "node1", Source: "dqlite",
			Members: map[string]schema.MemberFacts{"node1": {}, "node2": {}},
		},
		Files: []string{"preseed.yaml", "access.yaml"},
	}
}

// samplePlan has every action, every risk and every form of a field.
func samplePlan() *plan.Plan {
	pool := schema.Ref{Kind: schema.KindStoragePool, Name: "fast"}
	joiner := schema.Ref{Kind: schema.KindMember, Name: "node3"}
	return &plan.Plan{
		Files: []string{"preseed.yaml", "access.yaml"},
		Changes: []plan.Change{
			{Ref: joiner, Action: plan.Create, Reason: "not there", At: at(40), Fields: []plan.FieldChange{
				{Path: "attrs.address", New: "10.0.0.3:8443", At: at(41)},
				{Path: "attrs.description", New: " third "},
			}},
			{Ref: pool, Action: plan.Resume, Reason: "created on 2 of 3 members", At: at(12),
				Fields: []plan.FieldChange{
					{Path: "members.node3.size", Member: "node3", Key: "size", New: "10GiB", At: at(44)},
				}},
			{Ref: schema.Ref{Kind: schema.KindServer, Name: "config"}, Action: plan.Update, Reason: "differs",
				At: at(1), Fields: []plan.FieldChange{
					{Path: "config.core.trust_password", Old: "***", New: "***", Secret: true, At: at(2)},
					{Path: "config.cluster.offline_threshold", Old: "20", New: "30", At: at(3)},
					{Path: "config.user.note", Old: "line\nline\n", At: at(4)},
				}},
			{Ref: schema.Ref{Kind: schema.KindProfile, Project: "web", Name: "old"}, Action: plan.Delete,
				Reason: "state: absent", At: at(50)},
			{Ref: schema.Ref{Kind: schema.KindNetwork, Name: "br0"}, Action: plan.Refuse,
				Reason: "the type cannot be changed", At: at(20),
				Fields: []plan.FieldChange{{Path: "attrs.type", Old: "bridge", New: "ovn", At: at(21)}}},
		},
		Steps: []plan.Step{
			{ID: "join:node3", Title: "Join node3", Member: "node3", Op: plan.Op{Kind: plan.OpJoin}, Risk: plan.Risk{
				Level: plan.RiskMedium, Undo: "remove the member", Before: plan.Voters{Online: 1,
					Needed: 1}, After: plan.Voters{Online: 3, Needed: 2}}},
			{ID: "edit:config", Title: "Change the configuration of the servers", Op: plan.Op{Kind: plan.OpEdit},
				Risk: plan.Risk{Level: plan.RiskLow, Undo: "change it back"}},
			{ID: "delete:profile", Title: "Delete profile web/old", Op: plan.Op{Kind: plan.OpRequest},
				Risk: plan.Risk{Level: plan.RiskHigh, Stops: "nothing"}},
		},
		Diagnostics: schema.Diagnostics{
			{Severity: schema.SeverityWarning, Code: "members-few", Position: at(40),
				Summary: "two members keep one copy of the database",
				Detail:  "Losing node1 loses the cluster.", Hint: "add a third member"},
			{Severity: schema.SeverityRefusal, Code: "immutable", Position: at(21),
				Summary: "cannot change the type of network br0",
				Excerpt: "\ttype: ovn", Detail: "LXD has no call for it.", Hint: "make a new network and move the instances"},
		},
	}
}

func TestPlanText(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	render.Plan(&b, render.Paint{}, header(), samplePlan())
	golden(t, "plan.txt", b.Bytes())
}

func TestPlanTextInColorSaysTheSame(t *testing.T) {
	t.Parallel()
	var plain, colored bytes.Buffer
	render.Plan(&plain, render.Paint{}, header(), samplePlan())
	render.Plan(&colored, render.Color(true), header(), samplePlan())
	text := colored.String()
	if !strings.Contains(text, "\x1b[") {
		t.Fatal("no colour at all")
	}
	for _, code := range []string{"0", "1", "2", "31", "32", "33", "36"} {
		text = strings.ReplaceAll(text, "\x1b["+code+"m", "")
	}
	if diff := cmp.Diff(plain.String(), text); diff != "" {
		t.Errorf("without its colours it differs (-plain +colored):\n%s", diff)
	}
}

func TestPlanOfNothing(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	render.Plan(&b, render.Paint{}, header(), &plan.Plan{})
	want := "Cluster of 2 members, lxd 5.0.2, read from its database, leader node1.\n" +
		"Files: preseed.yaml, access.yaml\n\nNo changes. The cluster is as the preseed says.\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPlanOfNewCluster(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	h := render.Header{Facts: schema.Facts{Flavour: schema.Flavour{Product: schema.LXD, Version: "5.0.2"},
		Hosts: map[string]schema.HostFacts{"a": {}, "b": {Fault: "no route"}}}}
	render.Plan(&b, render.Paint{}, h, &plan.Plan{})
	want := "New cluster, lxd 5.0.2; 1 server answered.\n"
	if got := b.String(); !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
}

func TestPlanMarkdown(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	render.PlanMarkdown(&b, header(), samplePlan(), render.MarkdownBudget)
	golden(t, "plan.md", b.Bytes())
}

func TestPlanMarkdownKeepsItsBudget(t *testing.T) {
	t.Parallel()
	p := samplePlan()
	for i := range 400 {
		ref := schema.Ref{Kind: schema.KindProfile, Name: fmt.Sprintf("p%03d", i)}
		p.Changes = append(p.Changes, plan.Change{Ref: ref, Action: plan.Create, Reason: "not there"})
	}
	for _, budget := range []int{600, 1500, 4000, 20000} {
		var b bytes.Buffer
		render.PlanMarkdown(&b, header(), p, budget)
		if b.Len() > budget {
			t.Errorf("budget %d: %d bytes", budget, b.Len())
		}
		if !strings.Contains(b.String(), "401 to create") {
			t.Errorf("budget %d: the counts are gone", budget)
		}
		if budget >= 1500 && !strings.Contains(b.String(), "profile/web/old") {
			t.Errorf("budget %d: the deletion is gone", budget)
		}
		if strings.Count(b.String(), "<details") != strings.Count(b.String(), "</details>") {
			t.Errorf("budget %d: a block is left open", budget)
		}
	}
}

func TestValuesCannotForgeLines(t *testing.T) {
	t.Parallel()
	p := samplePlan()
	p.Changes[0].Fields[0].New = "\x1b[2Jgone"
	p.Steps[0].Title = "Join\nPlan: 0 to create"
	var b bytes.Buffer
	render.Plan(&b, render.Paint{}, header(), p)
	if strings.Contains(b.String(), "\x1b") || strings.Contains(b.String(), "\nPlan: 0") {
		t.Errorf("control characters came through:\n%q", b.String())
	}
}

func TestDiagnostics(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	render.Diagnostics(&b, render.Paint{}, schema.Diagnostics{
		{Severity: schema.SeverityError, Code: "unknown-key",
			Position: schema.Position{File: "a.yaml", Line: 7, Column: 3},
			Excerpt:  "  drivr: dir", Summary: `cannot use "drivr": there is no such key`, Hint: `write "driver"`},
		{Severity: schema.SeverityError, Code: "conflict",
			Position: schema.Position{File: "b.yaml", Line: 2, Column: 9},
			Excerpt:  "\tsize: größer", Summary: "cannot have two sizes",
			Related: []schema.Position{{File: "a.yaml", Line: 9, Column: 3}},
			Detail:  strings.Repeat("The daemon keeps one value for all members. ", 4)},
		{Severity: schema.SeverityAdvice, Summary: "nothing to point at"},
	})
	golden(t, "diagnostics.txt", b.Bytes())
}

func TestDiagnosticsJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	render.JSON(&b, render.DiagnosticsJSON(nil))
	var got map[string]any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"format_version": 1.0, "valid": true, "diagnostics": []any{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// sampleEvents is a run of which one step fails while another runs.
func sampleEvents() []apply.Event {
	steps := samplePlan().Steps
	clock := time.Date(2026, 11, 23, 12, 4, 31, 0, time.UTC)
	outcome := apply.Outcome{Done: 1, Failed: 1, Skipped: 1, Took: 3200 * time.Millisecond}
	events := []apply.Event{
		{Kind: apply.Planned, Steps: steps},
		{Kind: apply.Started, Step: steps[0]},
		{Kind: apply.Progress, Step: steps[0], Message: "node3 is listed", Took: 600 * time.Millisecond},
		{Kind: apply.Started, Step: steps[1]},
		{Kind: apply.Done, Step: steps[0], Took: 1400 * time.Millisecond},
		{Kind: apply.Failed, Step: steps[1], Took: 64 * time.Second,
			Err: &drivers.Error{Kind: drivers.Invalid, Member: "node1", Op: "PUT /1.0", Err: errors.New("bad value")}},
		{Kind: apply.Skipped, Step: steps[2], Message: "edit:config failed"},
		{Kind: apply.Finished, Outcome: &outcome},
	}
	for i := range events {
		events[i].Seq, events[i].Time = i+1, clock.Add(time.Duration(i)*time.Second)
	}
	return events
}

func TestEvents(t *testing.T) {
	t.Parallel()
	for name, sink := range map[string]func(*bytes.Buffer) apply.Sink{
		"events-lines.txt": func(b *bytes.Buffer) apply.Sink {
			return render.NewEventsText(b, render.Paint{}, nil, nil)
		},
		"events.jsonl": func(b *bytes.Buffer) apply.Sink {
			return session.NewEventsJSON(b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			s := sink(&b)
			for _, e := range sampleEvents() {
				s.Event(e)
			}
			if j, ok := s.(*session.EventsJSON); ok {
				j.Result(session.Result{Result: "partial", ExitCode: 6, Done: 1, Failed: 1, Skipped: 1,
					TookMS: 3200, Error: "one step failed"})
			}
			golden(t, name, b.Bytes())
		})
	}
}

// glass is a terminal that shows its live lines when it is asked to.
type glass struct{ lines func() []string }

func (g *glass) Show(lines func() []string) (hide func()) {
	g.lines = lines
	return func() { g.lines = nil }
}

// look returns the live lines without what a clock says.
func (g *glass) look() string {
	if g.lines == nil {
		return ""
	}
	return took.ReplaceAllString(strings.Join(g.lines(), "\n")+"\n", "TIME")
}

var took = regexp.MustCompile(`\d+\.\d+s|\d+m\d+s`)

func TestEventsOnATerminal(t *testing.T) {
	t.Parallel()
	var above, all bytes.Buffer
	live := &glass{}
	events := render.NewEventsText(&above, render.Paint{}, live, func(steps []plan.Step) (session.Forecast, bool) {
		f := session.Forecast{Steps: map[plan.StepID]time.Duration{}, Whole: time.Hour}
		for _, s := range steps {
			f.Steps[s.ID] = 1 << 50 // its end is far
		}
		return f, true
	})
	for _, e := range sampleEvents() {
		e.Time = time.Now()
		events.Event(e)
		fmt.Fprintf(&all, "-- %s\n%s%s", e.Kind, above.String(), live.look())
	}
	golden(t, "events-terminal.txt", all.Bytes())
}

// TestLongListsShowTheirElements also holds that a short list stays on its line, and that no secret gets into a diff.
func TestLongListsShowTheirElements(t *testing.T) {
	t.Parallel()
	long := "one-group,two-groups,three-groups,four-groups"
	var b bytes.Buffer
	render.Moved(&b, render.Paint{}, []plan.Change{{Ref: schema.Ref{Kind: schema.KindMember, Name: "node1"},
		Action: plan.Update, Fields: []plan.FieldChange{
			{Path: "lists.groups", Key: "groups", Old: long, New: "a-group," + long[len("one-group,"):]},
			{Path: "lists.short", Key: "short", Old: "a,b", New: "a,c"},
			{Path: "config.secret", Key: "secret", Old: "***\n***", New: "***\n***\n", Secret: true},
		}}})
	const want = `Changed since the plan was made:
  ~ member/node1
      groups         changes by line:
        -one-group
        +a-group
      short          a,b -> a,c
      config.secret  (secret) -> (secret, changed)
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestManySkippedStepsAreCounted stops a plan of many steps.
func TestManySkippedStepsAreCounted(t *testing.T) {
	t.Parallel()
	var steps []plan.Step
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		steps = append(steps, plan.Step{ID: plan.StepID(name), Title: "Create " + name})
	}
	var b bytes.Buffer
	sink := render.NewEventsText(&b, render.Paint{}, &glass{}, nil)
	sink.Event(apply.Event{Kind: apply.Planned, Steps: steps})
	for i, step := range steps {
		why := "the run was stopped before it"
		if i == 2 {
			why = "x failed" // in the midst of them
		}
		sink.Event(apply.Event{Kind: apply.Skipped, Step: step, Message: why})
	}
	sink.Event(apply.Event{Kind: apply.Finished})
	const want = `5 steps, up to [6/6] Create f: skipped: the run was stopped before it
[3/6] Create c: skipped: x failed
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestVeryManyDiagnosticsAreCounted(t *testing.T) {
	t.Parallel()
	var found schema.Diagnostics
	for i := range 150 {
		found = append(found, schema.Diagnostic{Severity: schema.SeverityError, Code: schema.CodeUnknownKey,
			Position: at(i + 1), Summary: "cannot use it"})
	}
	var out strings.Builder
	render.Diagnostics(&out, render.Paint{}, found)
	if got := strings.Count(out.String(), "cannot use it"); got != 100 {
		t.Errorf("got %d diagnostics, want 100", got)
	}
	if want := "\nand 50 findings more; --format json has all of them\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("got the end %q, want %q", out.String()[len(out.String())-80:], want)
	}
}
