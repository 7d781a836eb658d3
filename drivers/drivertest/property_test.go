package drivertest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"clusterctl/apply"
	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// universe draws preseeds of a small universe, so that two of them often speak of the same objects. Everything that a
// preseed does not have is pruned: it says what there is, whatever was there before.
var universe = rapid.Custom(func(t *rapid.T) string {
	d := drawing{t}
	// A device that a preseed does not mention stays, so devices use only what is always there.
	pools := append([]string{"s0"}, d.names("pools", "s1", "s2")...)
	networks := append([]string{"rpt0"}, d.names("networks", "rpt1", "rpt2")...)
	projects := d.names("projects", "web", "ops")
	groups := d.names("groups", "gpu", "fast")
	var b strings.Builder
	b.WriteString("clusterctl: {prune: [profiles, networks, storage_pools, projects, cluster_groups]}\n")
	fmt.Fprintf(&b, "config: {user.color: %s}\n", d.one("color", "red", "blue"))
	d.list(&b, "cluster_groups", groups, func(g string) string {
		return fmt.Sprintf("name: %s, description: %s", g, d.one(g, "a", "b"))
	})
	d.list(&b, "members", []string{"node1", "node2", "node3"}, func(m string) string {
		mine := append([]string{"default"}, d.names(m+" groups", groups...)...)
		return fmt.Sprintf("name: %s, address: \"10.76.1.1%s:8443\", failure_domain: %s, groups: [%s], description: %s",
			m, m[4:], d.one(m+" domain", "rack1", "rack2"), strings.Join(mine, ", "), d.one(m+" description", "x", "y"))
	})
	d.list(&b, "storage_pools", pools, func(p string) string {
		return fmt.Sprintf("name: %s, driver: dir, description: %s, config: {%s}", p, d.one(p, "a", "b"),
			d.config(p, "rsync.bwlimit", "1MB", "2MB"))
	})
	d.list(&b, "networks", networks, func(n string) string {
		return fmt.Sprintf("name: %s, type: bridge, config: {ipv4.address: %s, ipv6.address: none, %s}", n,
			d.one(n, "10.76.8"+strings.TrimPrefix(n, "rpt")+".1/24", "none"), d.config(n, "dns.domain", "one", "two"))
	})
	d.list(&b, "projects", projects, func(p string) string {
		return fmt.Sprintf("name: %s, config: {features.images: false, features.profiles: true, %s}", p,
			d.config(p, "user.team", "a", "b"))
	})
	d.profiles(&b, pools[:1], networks[:1], projects)
	return b.String()
})

type drawing struct{ *rapid.T }

func (d drawing) one(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(d.T, label)
}

// names draws some of the names, in their order.
func (d drawing) names(label string, from ...string) []string {
	return slices.DeleteFunc(slices.Clone(from), func(name string) bool {
		return rapid.Bool().Draw(d.T, label+" without "+name)
	})
}

// config draws nothing, or the key with one of the values.
func (d drawing) config(label, key string, values ...string) string {
	if rapid.Bool().Draw(d.T, label+" without "+key) {
		return ""
	}
	return key + ": " + d.one(label+" "+key, values...)
}

func (drawing) list(b *strings.Builder, section string, names []string, entry func(name string) string) {
	fmt.Fprintf(b, "%s:\n", section)
	for _, name := range names {
		fmt.Fprintf(b, "- {%s}\n", entry(name))
	}
	if len(names) == 0 {
		b.WriteString("  []\n")
	}
}

// profiles draws profiles of the default project and of the others, with devices on the pools and networks.
func (d drawing) profiles(b *strings.Builder, pools, networks, projects []string) {
	var owners []string
	for _, project := range append([]string{"default"}, projects...) {
		for _, name := range append([]string{"default"}, d.names("profiles of "+project, "big", "small")...) {
			owners = append(owners, project+"/"+name)
		}
	}
	d.list(b, "profiles", owners, func(owner string) string {
		project, name, _ := strings.Cut(owner, "/")
		var devices []string
		for _, pool := range pools {
			if rapid.Bool().Draw(d.T, owner+" on "+pool) {
				devices = append(devices, fmt.Sprintf("d%s: {type: disk, path: /%s, pool: %s, source: v}", pool, pool, pool))
			}
		}
		for _, network := range networks {
			if rapid.Bool().Draw(d.T, owner+" on "+network) {
				devices = append(devices, fmt.Sprintf("n%s: {type: nic, network: %s}", network, network))
			}
		}
		return fmt.Sprintf("name: %s, project: %s, config: {%s}, devices: {%s}", name, project,
			d.config(owner, "limits.cpu", "1", "2"), strings.Join(devices, ", "))
	})
}

// place is a formed cluster in which preseeds are applied one after the other.
type place struct {
	backend  drivers.Backend
	registry schema.Registry
	world    World
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{registry: kinds.Registry(), world: startSandbox(t, Scenario{}, schema.JudgedLXD)}
	player := player{world: p.world, registry: p.registry}
	want, err := player.decode(act{name: "members", text: "members:\n- {name: node1, address: \"10.76.1.11:8443\"}\n" +
		"- {name: node2, address: \"10.76.1.12:8443\"}\n- {name: node3, address: \"10.76.1.13:8443\"}\n"})
	if err != nil {
		t.Fatal(err)
	}
	p.backend = player.open(want)
	t.Cleanup(func() {
		if err := p.backend.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// plan plans with the consent to every deletion.
func (p *place) plan(ctx context.Context, t *rapid.T, text string) *plan.Plan {
	want, found := preseed.Decode(p.registry, []preseed.Input{{Name: "want.yaml", Data: []byte(text)}})
	if found.Has(schema.SeverityError) {
		t.Fatalf("the preseed is not valid: %v\n%s", found, text)
	}
	live, err := p.backend.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var consent []string
	for _, c := range build.Build(want, live, p.registry, plan.Options{}).Changes {
		if c.Action == plan.Delete {
			consent = append(consent, c.Ref.String())
		}
	}
	planned := build.Build(want, live, p.registry, plan.Options{AllowDestroy: consent})
	if planned.Refused() {
		t.Fatalf("refused: %v\n%s", planned.Diagnostics, text)
	}
	return planned
}

func (p *place) run(ctx context.Context, t *rapid.T, planned *plan.Plan, parallelism int) {
	engine := &apply.Engine{Backend: p.backend, Parallelism: parallelism}
	if _, err := engine.Run(ctx, planned, noSink{}); err != nil {
		t.Fatalf("%v\n%s", err, planText(planned))
	}
}

// become applies the preseed and expects a second plan to be empty.
func (p *place) become(ctx context.Context, t *rapid.T, text string) {
	p.run(ctx, t, p.plan(ctx, t, text), 4)
	if again := p.plan(ctx, t, text); !again.Empty() {
		t.Fatalf("a second plan is not empty:\n%s\n%s", planText(again), text)
	}
}

// TestAnythingBecomesAnything takes random pairs of preseeds: the cluster becomes the first, then the second.
func TestAnythingBecomesAnything(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		p.become(ctx, t, universe.Draw(t, "live"))
		p.become(ctx, t, universe.Draw(t, "want"))
	})
}

// TestAnyOrderEndsTheSame carries the same plan out in two clusters, once in its own order and once in another one that
// the steps' needs allow.
func TestAnyOrderEndsTheSame(t *testing.T) {
	t.Parallel()
	one, other := newPlace(t), newPlace(t)
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		live, want := universe.Draw(t, "live"), universe.Draw(t, "want")
		one.become(ctx, t, live)
		other.become(ctx, t, live)
		one.become(ctx, t, want)
		planned := other.plan(ctx, t, want)
		planned.Steps = shuffled(t, planned.Steps)
		other.run(ctx, t, planned, 1)
		if diff := cmp.Diff(one.objects(ctx, t), other.objects(ctx, t), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the clusters differ (-in order +shuffled):\n%s\n%s", diff, planText(planned))
		}
	})
}

// shuffled returns the steps in a random order that their needs allow.
func shuffled(t *rapid.T, steps []plan.Step) []plan.Step {
	left := slices.Clone(steps)
	done := map[plan.StepID]bool{}
	var out []plan.Step
	for len(left) > 0 {
		var ready []int
		for i, s := range left {
			if !slices.ContainsFunc(s.Needs, func(need plan.StepID) bool { return !done[need] }) {
				ready = append(ready, i)
			}
		}
		i := rapid.SampledFrom(ready).Draw(t, "next")
		done[left[i].ID] = true
		out = append(out, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return out
}

// objects returns what there is, without what each server makes up for itself.
func (p *place) objects(ctx context.Context, t *rapid.T) []schema.Object {
	live, err := p.backend.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var out []schema.Object
	for _, o := range live.Objects() {
		if o.Ref.Kind == "certificate" {
			continue // each world has keys of its own
		}
		o = o.Clone()
		maps.DeleteFunc(o.Config, func(key, _ string) bool { return strings.HasPrefix(key, "volatile.") })
		out = append(out, o)
	}
	return out
}
