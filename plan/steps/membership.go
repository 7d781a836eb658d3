package steps

import (
	"encoding/json"
	"fmt"
	"maps"
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
	for _, s := range slices.Concat(noted, lost) {
		s.Phase = plan.PhaseMended
		out = append(out, s)
	}
	for _, s := range joins(v, byMember, append(before, plan.AfterPhase(plan.PhaseMended))) {
		s.Phase = plan.PhaseJoined
		out = append(out, s)
	}
	out = append(out, wildcards(v, byMember)...)
	for _, s := range clear(v, changes, leaving) {
		s.Phase = plan.PhaseCleared
		s.Follows = append(s.Follows, plan.AfterPhase(plan.PhaseJoined))
		out = append(out, s)
	}
	for _, s := range removals(v, changes, schema.StateAbsent, leaving) {
		s.Phase = plan.PhaseFormed
		if len(s.Follows) == 0 {
			s.Follows = []plan.Need{plan.AfterPhase(plan.PhaseCleared)}
		}
		out = append(out, s)
	}
	return append(out, forgotten...)
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

// joins plans the joins of all joiners, one after the other. Two joins at once deadlock LXD 5.0.2. The next join
// may start once the leader lists the previous member, though, while that one still starts its networks, as long
// as the previous join changes no database role: the second member starts as stand-by, members beyond the voters
// as stand-by or spare; the third promotes the second when it ends.
func joins(v *view.View, changes map[string]plan.Change, before []plan.Need) []plan.Step {
	present := len(v.Members) - len(v.Joiners)
	pipelined := v.CanPipeline()
	admitted := before
	var prepared, out []plan.Step
	for i, m := range v.Joiners {
		j, position := jobOf(v, changes[m.Name], view.Departures{}), present+i+1
		prepare := j.prepare(m)
		join := j.join(m, position)
		if join.Op.Join.Trust == plan.TrustCertificate {
			prepare = append(prepare, j.admit(m, admitted))
		}
		prepared = append(prepared, prepare...)
		join.Follows = slices.Concat(before, after(prepare...))
		settle := plan.Step{ID: plan.StepID("settle:" + m.Name), Title: "Wait until " + m.Name + " is Online",
			Cause: j.change.Ref, Member: m.Name, Op: plan.Op{Kind: plan.OpSettle, Settle: &plan.Settle{Name: m.Name}},
			Follows: after(join), Expect: plan.Expect{Ref: j.change.Ref, State: schema.StateCreated},
			Risk: plan.Risk{Level: plan.RiskNone}, At: j.change.At}
		before = after(settle)
		if pipelined && (position == 2 || position > v.MaxVoters()) {
			before = after(join)
		}
		out = append(out, join, settle)
	}
	return slices.Concat(prepared, out, refresh(v, changes))
}

// refresh plans a change of nothing, which makes every member read the cluster-wide keys again. A member that has
// just joined goes by the defaults until then (measured on lxd 5.0.2: its answers and its own tasks).
func refresh(v *view.View, changes map[string]plan.Change) []plan.Step {
	if len(v.Joiners) == 0 || !matters(v.Wanted(plan.ServerRef()).Config) && !matters(v.Current(plan.ServerRef()).Config) {
		return nil
	}
	settled := schema.Map(v.Joiners,
		func(m schema.Member) plan.Need { return plan.AfterStep(plan.StepID("settle:" + m.Name)) })
	joiner := v.Joiners[len(v.Joiners)-1]
	return []plan.Step{{
		ID: stepID("refresh", plan.ServerRef(), ""), Title: "Let new members read the cluster's configuration",
		Cause: plan.MemberRef(joiner.Name),
		Op: plan.Op{Kind: plan.OpRequest,
			Request: &plan.Request{Method: "PATCH", Path: "/1.0",
				Body: plan.Body(map[string]any{"config": map[string]string{}})}},
		Follows: settled, Risk: plan.Risk{Level: plan.RiskNone}, At: changes[joiner.Name].At,
	}}
}

// prepare plans the member-local keys that must be set before a join, and takes away what an earlier join has copied
// and LXD does not overwrite, or let anybody take away; all joiners can get theirs at once.
func (j job) prepare(m schema.Member) []plan.Step {
	config := localConfig(j.View, m)
	if wildcard(config["core.https_address"]) {
		config["core.https_address"] = m.Address // LXD 5.0.2 cannot join behind a wildcard; the rest comes after
	}
	host := j.Live.Facts.Hosts[m.Name]
	if j.Wiped(m.Name) {
		host = schema.HostFacts{}
	}
	if view.KeepsTrust(host.Flavour) {
		host.Trusts = nil
	}
	maps.DeleteFunc(config, func(key, value string) bool {
		return host.Config[key] == value || key == "cluster.https_address"
	})
	var out []plan.Step
	for _, fingerprint := range host.Trusts {
		short := fmt.Sprintf("%.12s", fingerprint)
		out = append(out, plan.Step{
			ID: plan.StepID("distrust:" + short + "@" + m.Name), Cause: j.change.Ref, Member: m.Name, At: j.change.At,
			Title: "Remove the server certificate " + short + " from " + m.Name + ", where a join that broke off left it",
			Op: plan.Op{Kind: plan.OpRequest,
				Request: &plan.Request{Method: "DELETE", Path: "/1.0/certificates/" + fingerprint, Gone: true}},
			Risk: plan.Risk{Level: plan.RiskNone},
		})
	}
	if len(config) == 0 {
		return out
	}
	return append(out, plan.Step{
		ID: plan.StepID("prepare:" + m.Name), Title: "Set the addresses of " + m.Name, Cause: j.change.Ref, Member: m.Name,
		Follows: []plan.Need{plan.AfterStep(plan.StepID("ready:" + m.Name))},
		Op: plan.Op{Kind: plan.OpRequest,
			Request: &plan.Request{Method: "PATCH", Path: "/1.0", Body: plan.Body(map[string]any{"config": config})}},
		Risk: plan.Risk{Level: plan.RiskNone, Undo: "clear the keys while the server is standalone"}, At: j.change.At,
	})
}

// admit plans to trust a joiner's certificate in front of all joins: each member is told of it, and there are few then.
// One joiner alone gains nothing by that.
func (j job) admit(m schema.Member, follows []plan.Need) plan.Step {
	return plan.Step{
		ID: plan.StepID("admit:" + m.Name), Title: "Trust the certificate of " + m.Name, Cause: j.change.Ref, Member: m.Name,
		Follows: slices.Concat(follows, []plan.Need{plan.AfterStep(plan.StepID("ready:" + m.Name))}),
		Op:      plan.Op{Kind: plan.OpAdmit, Admit: &plan.Admit{Name: m.Name}},
		Risk:    plan.Risk{Level: plan.RiskNone, Undo: "remove the certificate"}, At: j.change.At,
	}
}

func (j job) join(m schema.Member, position int) plan.Step {
	join := &plan.Join{Name: m.Name, Address: m.Address, Trust: plan.TrustToken, Certificate: m.Certificate,
		MemberConfig: memberConfig(j.View, m.Name)}
	if j.Bootstrap != "" {
		join.Certificate = "" // the bootstrap member's own, see guardCertificates; the cluster's is made by the bootstrap
	}
	if len(j.Joiners) > 1 && view.AdmitsAhead(j.Live.Facts.Flavour) {
		join.Trust = plan.TrustCertificate
	}
	if m.Password != "" {
		join.Trust, join.Password = plan.TrustPassword, m.Password
	}
	return plan.Step{
		ID: plan.StepID("join:" + m.Name), Title: "Join " + m.Name, Cause: j.change.Ref, Member: m.Name,
		Op: plan.Op{Kind: plan.OpJoin, Join: join}, Sections: j.sections(), At: j.change.At,
		Risk: plan.Risk{Level: plan.RiskLow, Undo: "remove the member", Before: j.VotersOf(position - 1),
			After: j.VotersOf(position)},
	}
}

// memberConfig lists the joiner's own keys of the pools and networks that the cluster has when it joins; LXD leaves
// those of others alone.
func memberConfig(v *view.View, name string) []plan.MemberKey {
	var out []plan.MemberKey
	for _, kind := range v.Reg.All() {
		if kind.Lifecycle != schema.Pending {
			continue
		}
		entity := strings.ReplaceAll(string(kind.Name), "_", "-") // as LXD calls it
		for _, live := range v.Live.OfKind(kind.Name) {
			want, declared := v.Want.Want.Get(live.Ref)
			if !declared || v.Half(live.Ref) && !v.MendsFirst(plan.Change{Ref: live.Ref, Action: plan.Resume}) {
				continue
			}
			config := want.Members[name].Config
			for _, key := range slices.Sorted(maps.Keys(config)) {
				out = append(out, plan.MemberKey{Entity: entity, Name: live.Ref.Name, Key: key, Value: config[key]})
			}
		}
	}
	return out
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
// does the next one where this one leaves their joins out.
func successions(v *view.View, changes map[string]plan.Change) (noted, forgotten []plan.Step) {
	for i, m := range slices.Concat(v.Want.Members, v.Want.Later) {
		key, ref, cause := plan.SuccessionMark+m.Name, plan.MemberRef(m.Name), plan.MemberRef(m.Name)
		later := i >= len(v.Want.Members)
		lost := changes[m.Replaces].Action == plan.Delete
		if m.Replaces == "" || !lost && (later || v.Current(plan.ServerRef()).Config[key] == "") {
			continue
		}
		if later {
			cause = plan.MemberRef(m.Replaces)
		}
		mark := func(verb, title, text string) plan.Step {
			return plan.Step{ID: stepID(verb, ref, ""), Title: title, Cause: cause,
				Op: plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "PATCH", Path: "/1.0",
					Body: plan.Body(map[string]any{"config": map[string]string{key: text}})}},
				Risk: plan.Risk{Level: plan.RiskNone}, At: changes[cause.Name].At}
		}
		if lost {
			noted = append(noted, mark("note", "Note what "+m.Name+" takes over from "+m.Replaces, succession(v, m)))
		}
		if later {
			continue
		}
		forget := mark("forget", "Forget the note of what "+m.Name+" takes over", "")
		forget.Follows = []plan.Need{plan.After(ref), plan.AfterPhase(plan.PhaseFormed)}
		forgotten = append(forgotten, forget)
	}
	return noted, forgotten
}

// succession is what the member is to have, in JSON: what its preseed says itself counts more the next time, too.
func succession(v *view.View, m schema.Member) string {
	want := v.Wanted(plan.MemberRef(m.Name))
	s := plan.Succession{Domain: want.Attrs["failure_domain"], Groups: want.Lists["groups"],
		Parts: map[string]map[string]string{}}
	for o := range v.Want.Want.All() {
		if part, has := o.Members[m.Name]; has && v.Kind(o.Ref.Kind).Lifecycle == schema.Pending {
			s.Parts[o.Ref.String()] = part.Config
		}
	}
	text, _ := json.Marshal(s) // texts alone
	return string(text)
}
