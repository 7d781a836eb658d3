package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// joins plans the joins of all joiners, one after the other. Two joins at once deadlock LXD 5.0.2. The next join
// may start once the leader lists the previous member, though, while that one still starts its networks, as long
// as the previous join changes no database role: the second member starts as stand-by, members beyond the voters
// as stand-by or spare; the third promotes the second when it ends.
func joins(v *view.View, changes map[string]plan.Change, before []plan.Need) []plan.Step {
	present := len(v.Members) - len(v.Joiners)
	pipelined := v.CanPipeline()
	prepared, admitted := prepareAll(v, changes, before)
	var out []plan.Step
	for i, m := range v.Joiners {
		j, position := jobOf(v, changes[m.Name], view.Departures{}), present+i+1
		join := j.join(m, position)
		join.Follows = slices.Concat(before, after(prepared[m.Name]...), admitted)
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
	all := schema.Map(v.Joiners, func(m schema.Member) []plan.Step { return prepared[m.Name] })
	return slices.Concat(slices.Concat(all...), out, refresh(v, changes))
}

// prepareAll plans what comes before the joins, by joiner, and returns what they wait for beside their own: certificates
// are put into the trust store one after the other and before any member joins, see [schema.Apart].
func prepareAll(v *view.View, changes map[string]plan.Change, before []plan.Need) (map[string][]plan.Step, []plan.Need) {
	prepared := map[string][]plan.Step{}
	var admitted []plan.Need
	for _, m := range v.Joiners {
		j := jobOf(v, changes[m.Name], view.Departures{})
		prepared[m.Name] = j.prepare(m)
		if j.trustOf(m) == plan.TrustCertificate {
			admit := j.admit(m, slices.Concat(before, admitted))
			prepared[m.Name], admitted = append(prepared[m.Name], admit), after(admit)
		}
	}
	return prepared, admitted
}

// refresh plans a change of nothing, which makes every member read the cluster-wide keys again. A member that has
// just joined goes by the defaults until then (measured on lxd 5.0.2: its answers and its own tasks).
func refresh(v *view.View, changes map[string]plan.Change) []plan.Step {
	if len(v.Joiners) == 0 || !matters(v.Wanted(plan.ServerRef()).Config) &&
		!matters(v.Current(plan.ServerRef()).Config) {
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
			Title: "Remove the server certificate " + short + " from " + m.Name +
				", where a join that broke off left it",
			Op: plan.Op{Kind: plan.OpRequest,
				Request: &plan.Request{Method: "DELETE", Path: "/1.0/certificates/" + fingerprint, Gone: true}},
			Risk: plan.Risk{Level: plan.RiskNone},
		})
	}
	out = chain(out...)
	if len(config) == 0 {
		return out
	}
	return append(out, plan.Step{
		ID: plan.StepID("prepare:" + m.Name), Title: "Set the addresses of " + m.Name,
		Cause: j.change.Ref, Member: m.Name,
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
		ID: plan.StepID("admit:" + m.Name), Title: "Trust the certificate of " + m.Name,
		Cause: j.change.Ref, Member: m.Name,
		Follows: slices.Concat(follows, []plan.Need{plan.AfterStep(plan.StepID("ready:" + m.Name))}),
		Op:      plan.Op{Kind: plan.OpAdmit, Admit: &plan.Admit{Name: m.Name}},
		Risk:    plan.Risk{Level: plan.RiskNone, Undo: "remove the certificate"}, At: j.change.At,
	}
}

// trustOf is how a joiner is let in.
func (j job) trustOf(m schema.Member) plan.Trust {
	switch {
	case m.Password != "":
		return plan.TrustPassword
	case len(j.Joiners) > 1 && view.AdmitsAhead(j.Live.Facts.Flavour):
		return plan.TrustCertificate
	}
	return plan.TrustToken
}

func (j job) join(m schema.Member, position int) plan.Step {
	join := &plan.Join{Name: m.Name, Address: m.Address, Trust: j.trustOf(m), Password: m.Password,
		Certificate: m.Certificate, MemberConfig: memberConfig(j.View, m.Name)}
	if j.Bootstrap != "" {
		// It is the bootstrap member's own, see guardCertificates; the cluster's is made by the bootstrap.
		join.Certificate = ""
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
