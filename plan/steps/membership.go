package steps

import (
	"cmp"
	"encoding/json"
	"net"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// membership plans what makes the set of members: the bootstrap, the configuration that joins need, the removal of
// lost members, the joins, and the departure of others once their successors are there.
func membership(v *view.View, changes []plan.Change, leaving view.Departures) []plan.Step {
	byMember := map[string]plan.Change{}
	var out []plan.Step
	for _, c := range changes {
		if c.Ref.Kind == schema.KindMember {
			byMember[c.Ref.Name] = c
		}
	}
	if v.Bootstrap != "" {
		out = append(out, bootstrap(jobOf(v, byMember[v.Bootstrap], leaving)))
	}
	for _, c := range changes {
		if c.Ref == plan.ServerRef() {
			out = append(out, serverConfig(jobOf(v, c, leaving))...)
		}
	}
	lost := removals(v, changes, schema.StateLost, leaving)
	before := append(bootstrapped(v), plan.AfterStep(stepID("update", plan.ServerRef(), "")))
	noted, forgotten := successions(v, byMember)
	for i := range lost[:min(1, len(lost))] {
		lost[i].Follows = append(lost[i].Follows, after(noted...)...)
	}
	joining := joins(v, byMember, append(before, plan.AfterPhase(plan.PhaseMended)))
	out = slices.Concat(out, inPhase(plan.PhaseMended, noted), inPhase(plan.PhaseMended, lost),
		inPhase(plan.PhaseJoined, joining), wildcards(v, byMember))
	for _, s := range inPhase(plan.PhaseCleared, clear(v, changes, leaving)) {
		s.Follows = append(s.Follows, plan.AfterPhase(plan.PhaseJoined))
		out = append(out, s)
	}
	for _, s := range inPhase(plan.PhaseFormed, removals(v, changes, schema.StateAbsent, leaving)) {
		if len(s.Follows) == 0 {
			s.Follows = []plan.Need{plan.AfterPhase(plan.PhaseCleared)}
		}
		out = append(out, s)
	}
	return append(out, forgotten...)
}

func inPhase(phase plan.Phase, steps []plan.Step) []plan.Step {
	return schema.Map(steps, func(s plan.Step) plan.Step {
		s.Phase = phase
		return s
	})
}

// bootstrap plans the first member: a standalone server, empty or with data that it keeps, becomes a cluster of one.
func bootstrap(j job) plan.Step {
	m := j.Member(j.Bootstrap)
	config := localConfig(j.View, m)
	config["cluster.https_address"] = m.Address
	return plan.Step{
		ID: plan.StepID("bootstrap:" + m.Name), Title: "Bootstrap the cluster on " + m.Name, Cause: j.change.Ref,
		Member: m.Name, Follows: []plan.Need{plan.AfterStep(plan.StepID("ready:" + m.Name))},
		Op:     plan.Op{Kind: plan.OpBootstrap, Bootstrap: &plan.Bootstrap{Name: m.Name, Config: config}},
		Expect: plan.Expect{Ref: j.change.Ref, State: schema.StateCreated}, Sections: j.sections(), Phase: plan.PhaseJoined,
		Risk: plan.Risk{Level: plan.RiskMedium,
			Stops: "REST clients that pinned the server's certificate: it is replaced by the cluster's",
			After: j.VotersOf(1)}, At: j.change.At,
	}
}

// wildcards plans what a new member can have only once it is one: a wildcard as its REST address, and volumes.
func wildcards(v *view.View, changes map[string]plan.Change) []plan.Step {
	var out []plan.Step
	for _, m := range append([]schema.Member{v.Member(v.Bootstrap)}, v.Joiners...) {
		j := jobOf(v, plan.Change{Ref: plan.ServerRef(), At: changes[m.Name].At}, view.Departures{})
		given, late := v.Wanted(plan.ServerRef()).Members[m.Name].Config, map[string]string{}
		for _, path := range j.naming(j.want) {
			if key, own := strings.CutPrefix(path, "members."+m.Name+"."); own {
				late[key] = given[key]
			}
		}
		if len(late) > 0 {
			out = append(out, j.volumes(m.Name, late))
		}
		if address := localConfig(v, m)["core.https_address"]; m.Name != v.Bootstrap && wildcard(address) {
			step := j.local(m.Name, map[string]string{"core.https_address": address})
			step.Follows = []plan.Need{plan.AfterPhase(plan.PhaseJoined)}
			out = append(out, step)
		}
	}
	return out
}

// localConfig returns the member-local server keys of a member: what the preseed gives, and its address for
// core.https_address when it gives none.
func localConfig(v *view.View, m schema.Member) map[string]string {
	server := v.Wanted(plan.ServerRef())
	config := given(server.Members[m.Name].Config)
	for _, path := range (job{View: v}).naming(server) {
		delete(config, strings.TrimPrefix(path, "members."+m.Name+"."))
	}
	if config["core.https_address"] == "" {
		config["core.https_address"] = m.Address
	}
	return config
}

// wildcard reports whether a listen address names no host: ":8443", "[::]:8443", "0.0.0.0:8443".
func wildcard(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}

// matters reports keys beside our own notes, such as the lock.
func matters(config map[string]string) bool {
	for key := range config {
		if !strings.HasPrefix(key, "user.clusterctl.") {
			return true
		}
	}
	return false
}

// successions plans, for members that replace lost ones, that the cluster keeps what they take over before the lost
// ones are removed, and forgets it when they have it: a run that is broken off in between knows it from there, and so
// does the next one where this one leaves their joins out, or has another member join.
func successions(v *view.View, changes map[string]plan.Change) (noted, forgotten []plan.Step) {
	for i, m := range slices.Concat(v.Want.Members, v.Want.Later) {
		cause, later := plan.MemberRef(m.Name), i >= len(v.Want.Members)
		lost := changes[m.Replaces].Action == plan.Delete
		heir, _ := view.Noted(v.Want, v.Live, m)
		if m.Replaces == "" || !lost && (later || heir == "") {
			continue
		}
		if later {
			cause = plan.MemberRef(m.Replaces)
		}
		mark := func(verb, title string, notes map[string]string) plan.Step {
			return plan.Step{ID: stepID(verb, plan.MemberRef(m.Name), ""), Title: title, Cause: cause,
				Op: plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "PATCH", Path: "/1.0",
					Body: plan.Body(map[string]any{"config": notes})}},
				Risk: plan.Risk{Level: plan.RiskNone}, At: changes[cause.Name].At}
		}
		if lost || heir != m.Name { // the note for one that never came is that of this one
			notes := map[string]string{plan.SuccessionMark + cmp.Or(heir, m.Name): ""}
			notes[plan.SuccessionMark+m.Name] = succession(v, m)
			noted = append(noted, mark("note", "Note what "+m.Name+" takes over from "+m.Replaces, notes))
		}
		if later {
			continue
		}
		forget := mark("forget", "Forget the note of what "+m.Name+" takes over",
			map[string]string{plan.SuccessionMark + m.Name: ""})
		forget.Follows = []plan.Need{plan.After(plan.MemberRef(m.Name)), plan.AfterPhase(plan.PhaseFormed)}
		forgotten = append(forgotten, forget)
	}
	return noted, forgotten
}

// succession is what the member is to have, in JSON: what its preseed says itself counts more the next time, too.
func succession(v *view.View, m schema.Member) string {
	want := v.Wanted(plan.MemberRef(m.Name))
	s := plan.Succession{Of: m.Replaces, Domain: want.Attrs["failure_domain"], Groups: want.Lists["groups"],
		Parts: map[string]map[string]string{}}
	for o := range v.Want.Want.All() {
		if part, has := o.Members[m.Name]; has && v.Kind(o.Ref.Kind).Lifecycle == schema.Pending {
			s.Parts[o.Ref.String()] = part.Config
		}
	}
	text, _ := json.Marshal(s) // texts alone
	return string(text)
}
