package drivertest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"clusterctl/apply"
	"clusterctl/drivers"
	"clusterctl/drivers/remote"
	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// World is what scenarios are played in: fresh servers called node1, node2, ... whose own addresses are
// 10.76.1.11, 10.76.1.12, ...
type World interface {
	// Flavour is what runs on the servers.
	Flavour() schema.Flavour
	// Can reports whether the world has a capability: see Capabilities.
	Can(capability string) bool
	// Connection says how to reach a server.
	Connection(server string) schema.Connection
	// Client reaches the server's unix socket.
	Client(server string) *http.Client
	// Control does one line of a scenario's control section.
	Control(ctx context.Context, words []string) error
}

// Capabilities are what a scenario may need beside three servers: six of them; daemons that can be stopped and started;
// servers that can be wiped; faults that can be switched on; instances and images without a real kernel behind them;
// ACLs, zones and forwards; OVN; disks to put pools on; trust passwords.
var Capabilities = []string{"six", "control", "wipe", "faults", "workload", "network-parts", "ovn", "disks", "password"}

// Scenario is a story in txtar. Its files are acts, played in their order; the ending of the name says what each is:
//
//	needs           the capabilities, separated by spaces; first, if any
//	NAME.calls      raw REST calls as in a script, all of which must go well
//	NAME.control    "stop node2", "offline node2" (stop it, and wait until the cluster knows), "start node2", "wipe node2",
//	                "fault FAULT", "heal", "await node2" (until it is a server of its own again)
//	NAME.yaml       a preseed, in which ${VAR} of earlier calls may stand: it is planned and applied, and a second plan
//	                must be empty
//	NAME.plan       with it: the changes and steps that are expected
//	NAME.refused    with it: the codes that speak against applying it, and of what; it is not applied
//	NAME.failed     with it: parts of the error with which applying it must end
//	NAME.evacuate   with it: members that leave are emptied before; it has no text
//	NAME.saved      with it: what moved, when the plan is applied only after all other acts
//	allow           objects that the preseeds may delete
type Scenario struct {
	Name  string
	Needs []string
	acts  []act
	allow []string
}

// act is one thing that happens.
type act struct {
	verb, name, text string
	// with are the texts that belong to a preseed, by the ending of their names.
	with map[string]string
}

// ParseScenario reads a scenario.
func ParseScenario(name string, archive *txtar.Archive) (Scenario, error) {
	s := Scenario{Name: name}
	preseeds := map[string]map[string]string{}
	for _, f := range archive.Files {
		act := act{text: string(f.Data), with: map[string]string{}}
		act.name, act.verb, _ = strings.Cut(f.Name, ".")
		switch {
		case f.Name == "needs":
			s.Needs = strings.Fields(act.text)
		case f.Name == "allow":
			s.allow = strings.Fields(act.text)
		case slices.Contains([]string{"plan", "refused", "failed", "evacuate", "saved"}, act.verb):
			if preseeds[act.name] == nil {
				return s, fmt.Errorf("%s comes before %s.yaml", f.Name, act.name)
			}
			preseeds[act.name][act.verb] = act.text
		case slices.Contains([]string{"yaml", "calls", "control"}, act.verb):
			s.acts = append(s.acts, act)
			preseeds[act.name] = act.with
		default:
			return s, fmt.Errorf("what is %s?", f.Name)
		}
	}
	for _, need := range s.Needs {
		if !slices.Contains(Capabilities, need) {
			return s, fmt.Errorf("it needs %q, which is no capability", need)
		}
	}
	return s, nil
}

// Missing returns the capabilities that the scenario needs and the world has not.
func (s Scenario) Missing(w World) []string {
	return slices.DeleteFunc(slices.Clone(s.Needs), w.Can)
}

// Play plays the scenario and returns what came of its acts: texts by file name, to be compared with those of the
// archive. The error is for an act that went otherwise than a scenario can expect.
func (s Scenario) Play(ctx context.Context, w World) (map[string]string, error) {
	got := map[string]string{}
	p := &player{world: w, registry: kinds.Registry().For(w.Flavour()), allow: s.allow, got: got,
		runner: runner{clients: w.Client, vars: map[string]string{}}}
	for _, a := range s.acts {
		if err := p.act(ctx, a); err != nil {
			return got, fmt.Errorf("%s.%s: %w", a.name, a.verb, err)
		}
	}
	return got, p.late(ctx)
}

type player struct {
	world    World
	registry schema.Registry
	allow    []string
	got      map[string]string
	runner   runner
	saved    []savedAct
}

type savedAct struct {
	act  act
	plan *plan.Plan
}

func (p *player) act(ctx context.Context, a act) error {
	switch a.verb {
	case "calls":
		return p.calls(ctx, a.text)
	case "control":
		for line := range strings.Lines(a.text) {
			if err := p.control(ctx, strings.Fields(line)); err != nil {
				return err
			}
		}
		return nil
	}
	return p.preseed(ctx, a)
}

func (p *player) control(ctx context.Context, words []string) error {
	if words[0] != "await" {
		return p.world.Control(ctx, words)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		_, answer, err := p.runner.do(ctx, words[1], "GET", "/1.0/cluster", "")
		if err == nil && field(answer.Metadata, "enabled") == false {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s to be on its own: %w", words[1], errors.Join(ctx.Err(), err))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// calls sends raw calls, all of which must go well.
func (p *player) calls(ctx context.Context, text string) error {
	lines, err := ParseScript(text)
	if err != nil {
		return err
	}
	for _, line := range lines {
		answer, err := p.runner.run(ctx, line)
		if err == nil && (answer[0] != '2' || strings.Contains(answer, "Failure")) {
			err = errors.New(answer)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", line.Text, err)
		}
	}
	return nil
}

func (p *player) preseed(ctx context.Context, a act) error {
	want, err := p.decode(a)
	if err != nil {
		return err
	}
	backend := p.open(want)
	planned, err := p.play(ctx, a, want, backend)
	if _, saved := a.with["saved"]; saved && planned != nil {
		p.saved = append(p.saved, savedAct{a, planned})
	}
	return errors.Join(err, backend.Close())
}

// play plans, and goes on as the texts beside the preseed say.
func (p *player) play(ctx context.Context, a act, want schema.Preseed, backend drivers.Backend) (*plan.Plan, error) {
	_, evacuate := a.with["evacuate"]
	opts := plan.Options{AllowDestroy: p.allow, Evacuate: evacuate}
	planned, err := p.plan(ctx, want, backend, opts)
	if err != nil {
		return nil, err
	}
	if _, shown := a.with["plan"]; shown {
		p.got[a.name+".plan"] = planText(planned)
	}
	_, refused := a.with["refused"]
	_, failed := a.with["failed"]
	_, saved := a.with["saved"]
	switch {
	case refused:
		p.got[a.name+".refused"] = refusals(planned)
		return planned, nil
	case saved:
		return planned, nil
	case planned.Refused():
		return nil, fmt.Errorf("the plan is refused: %w", planned.Diagnostics)
	}
	engine := &apply.Engine{Backend: backend, Secret: secretOf(want), Open: openImage}
	if _, err = engine.Run(ctx, planned, noSink{}); failed {
		if err == nil {
			err = errors.New("applying it went well")
		}
		return nil, expectFailure(err, a.with["failed"], p.got, a.name+".failed")
	}
	if err != nil {
		return nil, fmt.Errorf("applying it: %w\n%s", err, planText(planned))
	}
	again, err := p.plan(ctx, want, backend, opts)
	if err == nil && !again.Empty() {
		err = fmt.Errorf("a second plan is not empty:\n%s", planText(again))
	}
	if err == nil {
		err = p.readersAgree(ctx, backend)
	}
	return nil, err
}

// late looks at the saved plans once everything else has happened.
func (p *player) late(ctx context.Context) error {
	for _, s := range p.saved {
		want, err := p.decode(s.act)
		if err != nil {
			return err
		}
		backend := p.open(want)
		live, err := backend.Read(ctx)
		if err := errors.Join(err, backend.Close()); err != nil {
			return err
		}
		var text strings.Builder
		for _, ref := range plan.Stale(s.plan, live) {
			fmt.Fprintln(&text, ref)
		}
		p.got[s.act.name+".saved"] = text.String()
	}
	return nil
}

func (p *player) decode(a act) (schema.Preseed, error) {
	input := []preseed.Input{{Name: a.name + ".yaml", Data: []byte(p.runner.expand(a.text))}}
	want, found := preseed.Read(p.registry, input, func(_, path string, _ bool) preseed.File {
		content, err := readImage(path)
		if err != nil {
			return preseed.File{Path: path, Fault: err.Error()}
		}
		return preseed.File{SHA256: fmt.Sprintf("%x", sha256.Sum256(content))}
	}).Judge(p.registry)
	if found.Has(schema.SeverityError) {
		return want, found
	}
	for i := range want.Members {
		want.Members[i].Connection = p.world.Connection(want.Members[i].Name)
	}
	return want, nil
}

// readImage returns what is in an image file of that name.
func readImage(path string) ([]byte, error) {
	return imageFile(strings.TrimSuffix(path, ".tar"))
}

func openImage(path string) (io.ReadCloser, error) {
	content, err := readImage(path)
	return io.NopCloser(bytes.NewReader(content)), err
}

func (p *player) open(want schema.Preseed) drivers.Backend {
	return remote.Open(remote.Config{Members: want.Members, Bootstrap: want.Bootstrap, Registry: p.registry,
		Secret: secretOf(want)})
}

func (p *player) plan(ctx context.Context, want schema.Preseed, backend drivers.Backend,
	opts plan.Options) (*plan.Plan, error) {
	live, err := backend.Read(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the world: %w", err)
	}
	return build.Build(want, live, p.registry, opts), nil
}

func secretOf(want schema.Preseed) func(string) (string, error) {
	return func(name string) (string, error) {
		secret, ok := want.Secrets[name]
		if !ok {
			return "", fmt.Errorf("no secret %q", name)
		}
		return secret.Reveal(), nil
	}
}

// expectFailure keeps the lines of want that the error has, so that a comparison shows those that it has not.
func expectFailure(err error, want string, got map[string]string, name string) error {
	for line := range strings.Lines(want) {
		if !strings.Contains(err.Error(), strings.TrimSpace(line)) {
			return fmt.Errorf("applying it failed without %q: %w", strings.TrimSpace(line), err)
		}
	}
	got[name] = want
	return nil
}

// planText is the short form of a plan: what changes and which steps follow.
func planText(p *plan.Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		fmt.Fprintf(&b, "%s %s: %s\n", c.Action, c.Ref, c.Reason)
		for _, f := range c.Fields {
			fmt.Fprintf(&b, "    %s: %q -> %q\n", f.Path, f.Old, f.New)
		}
	}
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%s\n", s.ID)
	}
	return b.String()
}

// refusals are the codes of what speaks against a plan.
func refusals(p *plan.Plan) string {
	var b strings.Builder
	for _, d := range p.Diagnostics {
		if d.Severity == schema.SeverityRefusal || d.Severity == schema.SeverityError {
			fmt.Fprintf(&b, "%s %s\n", d.Code, d.Ref)
		}
	}
	return b.String()
}

type noSink struct{}

func (noSink) Event(apply.Event) {}
