package steps

import (
	"maps"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// serverConfig plans the servers' configuration: one PATCH for the cluster-wide keys, one per member for its own.
// PATCH leaves unmentioned keys alone, an empty value removes a key. It is done as soon as there is a cluster:
// cluster.* keys set before panic LXD 5.0.2's request handler, and joins need the trust password and the voter limits.
func serverConfig(j job) []plan.Step {
	config, parts, late := map[string]string{}, map[string]map[string]string{}, map[string]map[string]string{}
	naming := append(j.naming(j.want), j.naming(j.live)...)
	for _, f := range j.change.Fields {
		if f.Member == "" {
			config[f.Key] = unset(j.kind, f.Key, j.want.Config[f.Key])
			continue
		}
		of := parts
		if slices.Contains(naming, f.Path) {
			of = late
		}
		if of[f.Member] == nil {
			of[f.Member] = map[string]string{}
		}
		of[f.Member][f.Key] = unset(j.kind, f.Key, j.want.Members[f.Member].Config[f.Key])
	}
	out := schema.Map(slices.Sorted(maps.Keys(parts)), func(m string) plan.Step { return j.local(m, parts[m]) })
	if len(config) > 0 {
		out = append(out, j.step("update", "", plan.Step{
			Title: "Set the cluster's configuration", Phase: plan.PhaseFormed,
			Op:     plan.Op{Kind: plan.OpRequest, Request: j.request("PATCH", j.kind.Path, map[string]any{"config": config})},
			Expect: plan.Expect{Ref: j.change.Ref}, Risk: plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"},
		}))
	}
	for i := range out {
		out[i].Follows = bootstrapped(j.View)
	}
	for _, m := range slices.Sorted(maps.Keys(late)) {
		out = append(out, j.volumes(m, late[m]))
	}
	return out
}

// naming are the paths of the keys that name volumes: they come once the members are formed and the volumes there, and
// go before those.
func (j job) naming(server schema.Object) []string {
	return schema.Map(j.Kind(schema.KindServer).References(server), func(r schema.Reference) string { return r.Field })
}

// moved waits until members keep their images where they are to: a daemon moves the folder, and an instance that is
// made meanwhile does not find its image (incus 6.0.4, measured).
func moved(v *view.View) []plan.Need {
	return schema.Map(v.Members,
		func(m string) plan.Need { return plan.AfterStep(stepID("update", plan.ServerRef(), m) + "/volumes") })
}

// volumes plans those keys of a member.
func (j job) volumes(m string, config map[string]string) plan.Step {
	s := j.local(m, config)
	s.ID, s.Title, s.Phase = s.ID+"/volumes", "Set where "+m+" keeps images and backups", 0
	return s
}

// bootstrapped waits for the cluster, if it is not there yet.
func bootstrapped(v *view.View) []plan.Need {
	return []plan.Need{plan.AfterStep(plan.StepID("bootstrap:" + v.Bootstrap))}
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
func (j job) local(m string, config map[string]string) plan.Step {
	risk := plan.Risk{Level: plan.RiskLow, Undo: "apply the earlier values"}
	if _, moves := config["core.https_address"]; moves {
		risk = plan.Risk{Level: plan.RiskMedium, Stops: "clients that use the old REST address of " + m,
			Undo: "apply the earlier address"}
	}
	request := j.request("PATCH", "/1.0", map[string]any{"config": config})
	request.Target = m
	return j.step("update", m, plan.Step{Title: "Set the configuration of " + m,
		Op: plan.Op{Kind: plan.OpRequest, Request: request}, Risk: risk, Phase: plan.PhaseFormed})
}
