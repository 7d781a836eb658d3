package build_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"clusterctl/schema/preseed"

	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/plan/internal/plantest"
	"clusterctl/plan/order"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

var update = flag.Bool("update", false, "rewrite the expected plans")

// TestPlans reads every testdata/*.txtar: want.yaml is a preseed, live.yaml the live side, plan.txt what comes out,
// graph.txt, where there is one, which step waits for which.
func TestPlans(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := planned(t, section(archive, "want.yaml"), section(archive, "live.yaml"), plan.Options{
				AllowDestroy: strings.Fields(string(section(archive, "allow"))),
				Targets:      strings.Fields(string(section(archive, "target"))),
				Excludes:     strings.Fields(string(section(archive, "exclude"))), Evacuate: section(archive, "evacuate") != nil,
			})
			plantest.CheckOrder(t, p)
			plantest.CheckApart(t, p, kinds.Registry())
			plantest.CheckKept(t, p)
			plantest.CheckRoundTrip(t, p)
			plantest.CheckSealed(t, p, kinds.Registry())
			got, graph := text(p), order.Of(p.Steps).String()
			if *update {
				replace(archive, "plan.txt", got)
				if section(archive, "graph.txt") != nil {
					replace(archive, "graph.txt", graph)
				}
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(section(archive, "plan.txt")), got); diff != "" {
				t.Errorf("plan differs (-want +got):\n%s", diff)
			}
			if want := section(archive, "graph.txt"); want != nil && string(want) != graph {
				t.Errorf("graph differs (-want +got):\n%s", cmp.Diff(string(want), graph))
			}
		})
	}
}

func planned(t *testing.T, want, live []byte, opts plan.Options) *plan.Plan {
	t.Helper()
	cluster := readLive(t, live)
	reg := kinds.Registry().For(cluster.Facts.Flavour)
	preseed, diags := preseed.Decode(reg, []preseed.Input{{Name: "want.yaml", Data: want}})
	if diags.Has(schema.SeverityError) {
		t.Fatalf("want.yaml: %v", diags)
	}
	p := build.Build(preseed, cluster, kinds.Registry(), opts)
	checkOld(t, p, cluster)
	return p
}

// checkOld holds that what a plan says an object has is what is read of it later, when somebody asks what moved.
func checkOld(t *testing.T, p *plan.Plan, live schema.Cluster) {
	t.Helper()
	if moved := plan.Stale(p, live); len(moved) > 0 {
		t.Errorf("stale right after it was made: %v", moved)
	}
	for _, c := range p.Changes {
		o, _ := live.Get(c.Ref)
		for _, f := range c.Fields {
			if got := schema.WithoutPasswords(plan.ValueOf(f, o)); got != f.Old && !f.Secret {
				t.Errorf("%s %s: the plan says %q, and %q is read", c.Ref, f.Path, f.Old, got)
			}
		}
	}
}

// live is the live side as fixtures write it.
type live struct {
	Flavour   string
	Clustered bool
	Leader    string
	Unseen    []string
	Images    map[string][]string
	Members   map[string]struct {
		Address, State, Role string
		Offline, Groupless   bool
		Instances, Volumes   int
	}
	Hosts map[string]struct {
		Fault, Version string
		Kind           schema.Fault
		Extensions     int
		Clustered      bool
		Config         map[string]string
		Holds, Trusts  []string
		Sources        map[string]string
		Joining        bool
		Blank, Socket  bool
		Settings       map[string]string
		Clients        []string
		// Left is what is there of the member's part of a bridge, by its name; an empty map tells only how the daemon is handled.
		Left map[string][]string
	}
	Objects []struct {
		Ref, State string
		Attrs      map[string]string
		Config     map[string]string
		Devices    map[string]map[string]string
		Lists      map[string][]string
		Members    map[string]struct {
			State         string
			Attrs, Config map[string]string
		}
	}
}

func readLive(t *testing.T, data []byte) schema.Cluster {
	t.Helper()
	var l live
	if err := yaml.UnmarshalWithOptions(data, &l, yaml.Strict()); err != nil {
		t.Fatalf("live.yaml: %v", err)
	}
	product, version, _ := strings.Cut(l.Flavour, " ")
	flavour := schema.Flavour{Product: schema.Product(product), Version: version}
	facts := schema.Facts{Flavour: flavour, Clustered: l.Clustered, Leader: l.Leader, Images: l.Images,
		Members: map[string]schema.MemberFacts{}, Hosts: map[string]schema.HostFacts{}}
	for _, text := range l.Unseen {
		facts.Unseen = append(facts.Unseen, schema.Sighting{What: schema.LookDatabase, Text: text})
	}
	var objects []schema.Object
	for name, m := range l.Members {
		state := schema.StateCreated
		if m.State != "" {
			state = schema.State(m.State)
		}
		facts.Members[name] = schema.MemberFacts{Address: m.Address, State: state, Role: schema.RaftRole(m.Role),
			Online: !m.Offline, Instances: m.Instances, Volumes: m.Volumes}
		if state != schema.StatePending {
			groups := []string{"default"}
			if m.Groupless {
				groups = nil
			}
			objects = append(objects, schema.Object{Ref: schema.Ref{Kind: schema.KindMember, Name: name}, State: state,
				Body: schema.Body{Attrs: map[string]string{"address": m.Address, "failure_domain": "default"},
					Lists: map[string][]string{"groups": groups}}})
		}
	}
	for name, h := range l.Hosts {
		f := flavour
		if h.Version != "" {
			f.Version = h.Version
		}
		extensions := h.Extensions
		if extensions == 0 {
			extensions = 318
		}
		settings := []schema.Object{{Ref: schema.Ref{Kind: schema.KindServer, Name: schema.ServerName},
			Body: schema.Body{Config: h.Settings}}}
		for _, client := range h.Clients {
			settings = append(settings, schema.Object{Ref: schema.Ref{Kind: "certificate", Name: client},
				Body: schema.Body{Attrs: map[string]string{"name": "ci"}}})
		}
		facts.Hosts[name] = schema.HostFacts{Settings: settings,
			Fault: h.Fault, FaultKind: h.Kind, Flavour: f, Extensions: extensions,
			Clustered: h.Clustered, Config: h.Config, Holds: h.Holds, Trusts: h.Trusts, Sources: h.Sources, Joining: h.Joining,
			Blank: h.Blank, Socket: h.Socket,
			Remains: remains(h.Left)}
	}
	for _, o := range l.Objects {
		object := schema.Object{State: schema.State(o.State),
			Body: schema.Body{Attrs: o.Attrs, Config: o.Config, Devices: o.Devices, Lists: o.Lists}}
		kind, rest, _ := strings.Cut(o.Ref, "/")
		project, name, _ := strings.Cut(rest, "/")
		object.Ref = schema.Ref{Kind: schema.KindName(kind), Project: project, Name: name}
		for member, part := range o.Members {
			if object.Members == nil {
				object.Members = map[string]schema.Part{}
			}
			object.Members[member] = schema.Part{State: schema.State(part.State), Attrs: part.Attrs, Config: part.Config}
		}
		k, _ := kinds.Registry().Kind(object.Ref.Kind)
		object.Refs = k.Refs(object) // as readers do
		objects = append(objects, object)
	}
	return schema.NewCluster(facts, objects...)
}

// text is a plan as fixtures show it: everything that a person could get wrong, nothing that is only style.
func text(p *plan.Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		fmt.Fprintf(&b, "%s %s: %s\n", c.Action, c.Ref, c.Reason)
		for _, f := range c.Fields {
			fmt.Fprintf(&b, "    %s: %q -> %q\n", f.Path, f.Old, f.New)
		}
	}
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%s [%s]", s.ID, s.Op.Kind)
		if s.Member != "" {
			fmt.Fprintf(&b, " on %s", s.Member)
		}
		for _, need := range s.Needs {
			fmt.Fprintf(&b, " <%s>", need)
		}
		b.WriteString("\n")
		fmt.Fprintf(&b, "    %s\n", operation(s.Op))
		if s.Risk.Stops != "" || s.Risk.Level == plan.RiskHigh {
			fmt.Fprintf(&b, "    risk %s\n", s.Risk)
		}
	}
	for _, d := range p.Diagnostics {
		fmt.Fprintf(&b, "%s %s %s: %s\n", d.Severity, d.Code, d.Position, d.Summary)
	}
	if p.Empty() {
		b.WriteString("no changes\n")
	}
	return b.String()
}

func operation(op plan.Op) string {
	switch {
	case op.Request != nil:
		r := op.Request
		line := r.Method + " " + r.Path
		for _, q := range []struct{ key, value string }{{"target", r.Target}, {"project", r.Project}} {
			if q.value != "" {
				line += " " + q.key + "=" + q.value
			}
		}
		if r.Force {
			line += " force=1"
		}
		return strings.TrimSpace(line + " " + string(r.Body))
	case op.Bootstrap != nil:
		return compact(op.Bootstrap)
	case op.Join != nil:
		return compact(op.Join)
	case op.Move != nil:
		return compact(op.Move)
	case op.LeaveRaft != nil:
		return compact(op.LeaveRaft)
	case op.Upload != nil:
		return compact(op.Upload)
	case op.Copies != nil:
		return compact(op.Copies)
	case op.Admit != nil:
		return compact(op.Admit)
	default:
		return compact(op.Settle)
	}
}

func compact(v any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
	return strings.TrimSpace(b.String())
}

func section(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func replace(a *txtar.Archive, name, data string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(data)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(data)})
}

func remains(left map[string][]string) *schema.Remains {
	if left == nil {
		return nil
	}
	r := &schema.Remains{Folder: "/var/lib/lxd", Binary: "lxd", Stop: "stop it", Start: "start it",
		Parts: map[schema.Ref][]string{}}
	for name, what := range left {
		r.Parts[schema.Ref{Kind: schema.KindNetwork, Project: schema.DefaultProject, Name: name}] = what
	}
	return r
}
