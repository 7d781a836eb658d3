package build_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/plan/order"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// wish draws the entries of a preseed of a small universe, by section. Fields are left out as often as given, and only
// what the wish has itself is referred to.
func wish(t *rapid.T, label string) map[string][]string {
	out := map[string][]string{}
	some := func(what string, from ...string) string {
		return rapid.SampledFrom(from).Draw(t, label+" "+what)
	}
	// add draws whether there is an object, whether it is to go, and some of its fields; it returns the name of one that
	// stays.
	add := func(section, name, format string, fields ...string) []string {
		state := some(section+" "+name, "", "", "", ", state: absent", "none")
		if state == "none" {
			return nil
		}
		entry := "{name: " + name + format + state
		for i, field := range fields {
			if rapid.Bool().Draw(t, fmt.Sprint(label, section, name, i)) {
				entry += ", " + field
			}
		}
		out[section] = append(out[section], entry+"}")
		if state != "" {
			return nil
		}
		return []string{name}
	}
	var nics, groups []string
	for _, n := range []string{"br0", "br1"} {
		for range add("networks", n, ", config: {ipv4.address: none, ipv6.address: none}", "description: x") {
			nics = append(nics, "devices: {eth0: {type: nic, network: "+n+"}}",
				"devices: {eth0: {type: nic, nictype: bridged, parent: "+n+"}}")
		}
	}
	rule := "ingress: []"
	for _, a := range []string{"acl0", "acl1", "acl2"} {
		for range add("network_acls", a, "", "description: "+some(a, "x", "y"), rule) {
			rule = some("rule", "ingress: []", "egress: [{action: drop, destination: "+a+"}]",
				"ingress: [{action: allow, source: "+a+"}]")
		}
	}
	for _, g := range add("cluster_groups", "fast", "", "description: x") {
		groups = append(groups, `target: "@`+g+`"`)
	}
	for _, p := range append([]string{"default"}, add("projects", "web", "", "description: "+some("web", "x", "y"))...) {
		in, profiles := ", project: "+p, []string{"default"}
		for _, n := range []string{"default", "small", "big"} {
			nic := some(p+n+" nic", append(nics, "devices: {eth0: {state: absent}}")...)
			profiles = append(profiles, add("profiles", n, in, "description: "+some(p+n, "x", "y"), nic)...)
		}
		for _, n := range []string{"c1", "c2"} {
			add("instances", n, in+", image: 0123456789ab", "description: "+some(p+n, "x", "y"),
				"profiles: ["+some(p+n+" profile", profiles...)+"]", some(p+n+" target", append(groups, "target: node2")...))
		}
	}
	out["storage_pools"] = []string{"{name: local, driver: dir, description: " + some("local", "x", "y") + "}"}
	add("storage_volumes", "data", ", pool: local, target: "+some("data on", "node1", "node2"), "description: x")
	return out
}

// written is a wish as a file; members come in their order, which says who joins first, and everything else in the
// order of shuffle.
func written(wish map[string][]string, members int, shuffle func([]string) []string) string {
	var b strings.Builder
	for _, section := range shuffle(slices.Sorted(maps.Keys(wish))) {
		fmt.Fprintf(&b, "%s:\n- %s\n", section, strings.Join(shuffle(wish[section]), "\n- "))
	}
	b.WriteString("members:\n")
	for i := 1; i <= members; i++ {
		fmt.Fprintf(&b, "- {name: node%d, address: \"10.0.0.%d:8443\"}\n", i, i)
	}
	return b.String()
}

func asWritten(lines []string) []string { return lines }

// decoded reads a wish; ok is false for one that is wrong in itself, such as a rule that names nothing.
func decoded(text string) (schema.Preseed, bool) {
	p, diags := preseed.Decode(kinds.Registry(), []preseed.Input{{Name: "want.yaml", Data: []byte(text)}})
	return p, !diags.Has(schema.SeverityError)
}

// carriedOut is the cluster in which a wish has come true.
func carriedOut(t *rapid.T, p schema.Preseed) schema.Cluster {
	facts := schema.Facts{Flavour: schema.JudgedLXD, Clustered: true, Leader: "node1",
		Members: map[string]schema.MemberFacts{},
		Hosts:   map[string]schema.HostFacts{}}
	for _, m := range p.Members {
		facts.Members[m.Name] = schema.MemberFacts{Address: m.Address, State: schema.StateCreated, Role: schema.Voter,
			Online: true}
		facts.Hosts[m.Name] = schema.HostFacts{Clustered: true, Flavour: facts.Flavour}
	}
	var objects []schema.Object
	for _, o := range p.Want.Objects() {
		if o.State == schema.StateAbsent {
			continue
		}
		kind, _ := kinds.Registry().Kind(o.Ref.Kind)
		o = o.Clone()
		o.State = schema.StateCreated
		maps.DeleteFunc(o.Devices, func(_ string, device map[string]string) bool { return schema.DeviceGoes(device) })
		parts := maps.Keys(facts.Members)
		switch kind.Lifecycle {
		case schema.Pending:
		case schema.Placed:
			parts = maps.Keys(o.Members)
		case schema.Running:
			parts = slices.Values([]string{rapid.SampledFrom([]string{"node1", "node2"}).Draw(t, o.Ref.String()+" is on")})
			if delete(o.Attrs, "target"); o.Attrs["profiles"] == "" {
				o.Attrs["profiles"] = `["default"]`
			}
		default:
			parts = slices.Values([]string(nil))
		}
		o.Members = map[string]schema.Part{}
		for m := range parts {
			o.Members[m] = schema.Part{State: schema.StateCreated}
		}
		o.Refs = kind.Refs(o)
		objects = append(objects, o)
	}
	return schema.NewCluster(facts, objects...)
}

// TestGraphIsTheSameInAnyOrderOfTheFile plans from one wish to another, with the entries of the second in two orders.
func TestGraphIsTheSameInAnyOrderOfTheFile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first, ok := decoded(written(wish(t, "before"), 2, asWritten))
		if !ok {
			t.Skip("wrong in itself")
		}
		live, after := carriedOut(t, first), wish(t, "after")
		one, ok := decoded(written(after, 3, asWritten))
		if !ok {
			t.Skip("wrong in itself")
		}
		other, _ := decoded(written(after, 3,
			func(lines []string) []string { return rapid.Permutation(lines).Draw(t, "shuffled") }))
		a := build.Build(one, live, kinds.Registry(), plan.Options{Evacuate: true})
		b := build.Build(other, live, kinds.Registry(), plan.Options{Evacuate: true})
		if x, y := order.Of(a.Steps).String(), order.Of(b.Steps).String(); x != y {
			t.Fatalf("two graphs:\n%s\n%s", x, y)
		}
		refused := slices.ContainsFunc(a.Diagnostics, func(d schema.Diagnostic) bool {
			return d.Code == plan.CodeCycle ||
				d.Code == plan.CodeInUse
		})
		checkApart(t, one, live, a, refused)
	})
}

// checkApart wants an order between any two steps of which one touches what the object of the other uses, now or then.
func checkApart(t *rapid.T, want schema.Preseed, live schema.Cluster, p *plan.Plan, refused bool) {
	before := map[plan.StepID]map[plan.StepID]bool{}
	for _, s := range p.Steps {
		before[s.ID] = map[plan.StepID]bool{}
		for _, need := range s.Needs {
			before[s.ID][need] = true
			maps.Copy(before[s.ID], before[need])
		}
	}
	for _, s := range p.Steps {
		now, then := used(want, live, s.Cause)
		for _, other := range p.Steps {
			if other.Cause == s.Cause || !now[other.Cause] && !then[other.Cause] {
				continue
			}
			if !before[s.ID][other.ID] && !before[other.ID][s.ID] {
				t.Fatalf("%s and %s may run side by side:\n%s", s.ID, other.ID, order.Of(p.Steps))
			}
			if other.Expect.Absent && other.Expect.Member == "" && !refused && before[s.ID][other.ID] {
				t.Fatalf("%s goes before %s, which uses it:\n%s", other.ID, s.ID, order.Of(p.Steps))
			}
		}
	}
}

// used returns what an object refers to as it is, and as the preseed says.
func used(want schema.Preseed, live schema.Cluster, r schema.Ref) (now, then map[schema.Ref]bool) {
	now, then = map[schema.Ref]bool{}, map[schema.Ref]bool{}
	o, _ := live.Get(r)
	for _, ref := range o.Refs {
		_, now[ref] = live.Get(ref)
	}
	w, declared := want.Want.Get(r)
	if !declared || w.State == schema.StateAbsent {
		return now, then
	}
	if w = w.Clone(); w.Attrs["profiles"] == "" && o.Attrs["profiles"] != "" {
		w.Attrs["profiles"] = o.Attrs["profiles"]
	}
	kind, _ := kinds.Registry().Kind(r.Kind)
	for _, ref := range kind.Refs(w) {
		then[ref] = true
	}
	return now, then
}
