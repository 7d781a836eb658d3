package steps

import (
	"fmt"
	"maps"
	"slices"

	"clusterctl/plan"
	"clusterctl/schema"
)

// singleton plans the servers' configuration: one PATCH for the cluster-wide keys, one per member for its own.
// PATCH leaves unmentioned keys alone, an empty value removes a key. It is done as soon as there is a cluster:
// cluster.* keys set before panic LXD 5.0.2's request handler, and joins need the trust password and the voter limits.
func (d *draft) singleton(kind schema.Kind, c plan.Change, want schema.Object) {
	config, parts := map[string]string{}, map[string]map[string]string{}
	for _, f := range c.Fields {
		if f.Member == "" {
			config[f.Key] = unset(kind, f.Key, want.Config[f.Key])
			continue
		}
		if parts[f.Member] == nil {
			parts[f.Member] = map[string]string{}
		}
		parts[f.Member][f.Key] = unset(kind, f.Key, want.Members[f.Member].Config[f.Key])
	}
	var needs []plan.StepID
	if id, ok := d.last[plan.MemberRef(d.Bootstrap)]; ok {
		needs = []plan.StepID{id}
	}
	for _, m := range slices.Sorted(maps.Keys(parts)) {
		d.local(c, m, parts[m], needs)
	}
	if len(config) > 0 {
		d.add(plan.Step{
			ID: plan.StepID("update:" + c.Ref.String()), Title: "Set the cluster's configuration", Cause: c.Ref,
			Op:    plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "PATCH", Path: kind.Path, Body: plan.Body(map[string]any{"config": config})}},
			Needs: needs, Expect: plan.Expect{Ref: c.Ref},
			Risk: plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}, At: c.At,
		})
	}
}

// unset returns what to send for a desired value. LXD 5.0.2 reads an empty boolean as false, even where the default is
// true (measured), so that the default has to be sent itself.
func unset(kind schema.Kind, key, value string) string {
	if rule, _ := kind.Rule("", key); value == "" && rule.Type == schema.Bool {
		return rule.Default
	}
	return value
}

// local plans the member-local keys of one member.
func (d *draft) local(c plan.Change, m string, config map[string]string, needs []plan.StepID) {
	risk := plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}
	if _, moves := config["core.https_address"]; moves {
		risk = plan.Risk{Level: plan.RiskMedium, Stops: "clients that use the old REST address of " + m, Undo: "apply the earlier address"}
	}
	d.add(plan.Step{
		ID: plan.StepID("update:" + plan.ServerRef().String() + "@" + m), Title: fmt.Sprintf("Set the configuration of %s", m), Cause: c.Ref,
		Op:    plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "PATCH", Path: "/1.0", Target: m, Body: plan.Body(map[string]any{"config": config})}},
		Needs: needs, Risk: risk, At: c.At,
	})
}
