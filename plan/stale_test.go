package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/plan"
	"clusterctl/schema"
)

// member is a member with some attributes, in the two spellings that sources have of nothing.
func member(name string, body schema.Body) schema.Object {
	return schema.Object{Ref: plan.MemberRef(name), State: schema.StateCreated, Body: body}
}

func instanceOn(name string) schema.Object {
	return schema.Object{Ref: schema.Ref{Kind: schema.KindInstance, Project: "default", Name: "c1"},
		State: schema.StateCreated, Members: map[string]schema.Part{name: {}}}
}

// TestStalePlanSaysWhatMoved plans to move an instance, and looks again when the cluster is another one.
func TestStalePlanSaysWhatMoved(t *testing.T) {
	t.Parallel()
	facts := schema.Facts{Flavour: schema.Flavour{Product: schema.LXD, Version: "5.0.2"}}
	fixed := schema.Body{Attrs: map[string]string{"description": "", "failure_domain": "default"}}
	node1, node2 := member("node1", fixed), member("node2", schema.Body{})
	was := schema.NewCluster(facts, node1, node2, instanceOn("node1"))
	p := &plan.Plan{Changes: []plan.Change{{Ref: instanceOn("").Ref, Action: plan.Update, Fields: []plan.FieldChange{
		{Path: "attrs.target", Key: "target", Old: "node1", New: "node2"}}}}}
	p.Ground(was)
	described := schema.Body{Attrs: map[string]string{"description": "rack 2", "failure_domain": "default"}}
	const other = "member/node1: another state, attribute, configuration, group or role than when the plan was made, " +
		"or other steps"
	for name, c := range map[string]struct {
		now  []schema.Object
		want string
	}{
		"nothing": {[]schema.Object{node1, node2, instanceOn("node1")}, ""},
		"the database's own roles": {[]schema.Object{member("node1", schema.Body{Attrs: fixed.Attrs,
			Lists: map[string][]string{"roles": {"database-voter"}}}), node2, instanceOn("node1")}, ""},
		"a description": {[]schema.Object{member("node1", described), node2, instanceOn("node1")}, other},
		"one member more": {[]schema.Object{node1, node2, member("node4", fixed), instanceOn("node1")},
			"member/node4: was not there, is created now"},
		"one fewer": {[]schema.Object{node1, instanceOn("node1")}, "member/node2: was there, is gone"},
		"moved": {[]schema.Object{node1, node2, instanceOn("node3")},
			"instance/c1: has other values: target node1 -> node3"},
	} {
		var got []string
		for _, c := range plan.Moved(p, schema.NewCluster(facts, c.now...)) {
			text := fmt.Sprintf("%s: %s", c.Ref, c.Reason)
			for _, f := range c.Fields {
				text += fmt.Sprintf(": %s %s -> %s", f.Key, f.Old, f.New)
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestPlanKnowsItsCluster compares what identifies a cluster, as far as both sides say it.
func TestPlanKnowsItsCluster(t *testing.T) {
	t.Parallel()
	pem := func(der string) string {
		return "-----BEGIN CERTIFICATE-----\n" + der + "\n-----END CERTIFICATE-----\n"
	}
	lxd := schema.Flavour{Product: schema.LXD, Version: "5.0.2"}
	later := schema.Flavour{Product: schema.LXD, Version: "6.9"}
	incus := schema.Flavour{Product: schema.Incus, Version: "6.0.4"}
	p := &plan.Plan{}
	p.Ground(schema.NewCluster(schema.Facts{Flavour: lxd, Certificate: pem("AAAA")}))
	const made = "it was made for "
	for name, c := range map[string]struct {
		now  schema.Facts
		want string
	}{
		"the same":         {schema.Facts{Flavour: lxd, Certificate: pem("AAAA")}, ""},
		"nothing was read": {schema.Facts{}, ""},
		"another version":  {schema.Facts{Flavour: later}, made + "LXD 5.0.2, and the servers run LXD 6.9"},
		"another product":  {schema.Facts{Flavour: incus}, made + "LXD 5.0.2, and the servers run Incus 6.0.4"},
		"other certificate": {schema.Facts{Flavour: lxd, Certificate: pem("AAAB")}, made +
			"the cluster with the certificate 709e80c88487, and this one has cf7605ed1bc7"},
	} {
		if got := strings.Join(p.Elsewhere(c.now), "; "); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
