package steps

import (
	"maps"
	"net"
	"slices"

	"clusterctl/plan"
	"clusterctl/plan/diff"
	"clusterctl/schema"
)

// bootstrap plans the first member: a standalone server, empty or with data that it keeps, becomes a cluster of one.
func (d *draft) bootstrap(c plan.Change) {
	m := d.Member(d.Bootstrap)
	config := d.localConfig(m)
	config["cluster.https_address"] = m.Address
	id := d.add(plan.Step{
		ID: plan.StepID("bootstrap:" + m.Name), Title: "Bootstrap the cluster on " + m.Name, Cause: c.Ref, Member: m.Name,
		Op:     plan.Op{Kind: plan.OpBootstrap, Bootstrap: &plan.Bootstrap{Name: m.Name, Config: config}},
		Expect: plan.Expect{Ref: c.Ref, State: schema.StateCreated}, Serial: true,
		Risk: plan.Risk{Level: plan.RiskMedium, Stops: "REST clients that pinned the server's certificate: it is replaced by the cluster's",
			After: d.VotersOf(1)}, At: c.At,
	})
	d.formed = []plan.StepID{id}
}

// joins plans the joins of all joiners, one after the other. Two joins at once deadlock LXD 5.0.2. The next join
// may start once the leader lists the previous member, though, while that one still starts its networks, as long
// as the previous join changes no database role: the second member starts as stand-by, members beyond the voters
// as stand-by or spare; the third promotes the second when it ends.
func (d *draft) joins(changes map[string]plan.Change) {
	present := len(d.Members) - len(d.Joiners)
	pipelined := d.CanPipeline()
	prepared := d.prepare(changes)
	var previous []plan.StepID
	if len(d.formed) > 0 {
		previous = slices.Clone(d.formed)
	}
	if id, ok := d.last[plan.ServerRef()]; ok {
		previous = union(previous, []plan.StepID{id})
	}
	for i, m := range d.Joiners {
		c := changes[m.Name]
		position := present + i + 1
		join := d.join(c, m, position, union(previous, prepared[m.Name]))
		settle := d.settle(c, m, join)
		d.formed = append(d.formed, settle)
		previous = []plan.StepID{settle}
		if pipelined && (position == 2 || position > d.MaxVoters()) {
			previous = []plan.StepID{join}
		}
	}
}

// refresh plans a change of nothing, which makes every member read the cluster-wide keys again. A member that has
// just joined goes by the defaults until then (measured on lxd 5.0.2: its answers and its own tasks).
func (d *draft) refresh(changes map[string]plan.Change) {
	want := d.Wanted(plan.ServerRef())
	if len(d.Joiners) == 0 || len(want.Config)+len(d.Current(plan.ServerRef()).Config) == 0 {
		return
	}
	joiner := d.Joiners[len(d.Joiners)-1]
	d.formed = []plan.StepID{d.add(plan.Step{
		ID: "refresh:" + plan.StepID(plan.ServerRef().String()), Title: "Let new members read the cluster's configuration", Cause: plan.MemberRef(joiner.Name),
		Op:    plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "PATCH", Path: "/1.0", Body: plan.Body(map[string]any{"config": map[string]string{}})}},
		Needs: slices.Clone(d.formed), Risk: plan.Risk{Level: plan.RiskNone}, At: changes[joiner.Name].At,
	})}
}

// prepare plans, for all joiners at once, the member-local keys that must be set before a join.
func (d *draft) prepare(changes map[string]plan.Change) map[string][]plan.StepID {
	out := map[string][]plan.StepID{}
	for _, m := range d.Joiners {
		config := d.localConfig(m)
		if wildcard(config["core.https_address"]) {
			config["core.https_address"] = m.Address // LXD 5.0.2 cannot join behind a wildcard; the rest comes after
		}
		host := d.Live.Facts.Hosts[m.Name]
		maps.DeleteFunc(config, func(key, value string) bool { return host.Config[key] == value || key == "cluster.https_address" })
		if len(config) == 0 {
			continue
		}
		c := changes[m.Name]
		out[m.Name] = []plan.StepID{d.add(plan.Step{
			ID: plan.StepID("prepare:" + m.Name), Title: "Set the addresses of " + m.Name, Cause: c.Ref, Member: m.Name,
			Op:   plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "PATCH", Path: "/1.0", Body: plan.Body(map[string]any{"config": config})}},
			Risk: plan.Risk{Level: plan.RiskNone, Undo: "clear the keys while the server is standalone"}, At: c.At,
		})}
	}
	return out
}

func (d *draft) join(c plan.Change, m schema.Member, position int, needs []plan.StepID) plan.StepID {
	join := &plan.Join{Name: m.Name, Address: m.Address, Trust: plan.TrustToken, Certificate: m.Certificate, MemberConfig: d.memberConfig(m.Name)}
	if d.Bootstrap != "" {
		join.Certificate = "" // the founder's own, see guardCertificates; the cluster's is made by the bootstrap
	}
	if m.Password != "" {
		join.Trust, join.Password = plan.TrustPassword, m.Password
	}
	return d.add(plan.Step{
		ID: plan.StepID("join:" + m.Name), Title: "Join " + m.Name, Cause: c.Ref, Member: m.Name,
		Op: plan.Op{Kind: plan.OpJoin, Join: join}, Needs: needs, Serial: true,
		Risk: plan.Risk{Level: plan.RiskLow, Undo: "remove the member", Before: d.VotersOf(position - 1), After: d.VotersOf(position)}, At: c.At,
	})
}

func (d *draft) settle(c plan.Change, m schema.Member, join plan.StepID) plan.StepID {
	return d.add(plan.Step{
		ID: plan.StepID("settle:" + m.Name), Title: "Wait until " + m.Name + " is Online", Cause: c.Ref, Member: m.Name,
		Op: plan.Op{Kind: plan.OpSettle, Settle: &plan.Settle{Name: m.Name}}, Needs: []plan.StepID{join},
		Expect: plan.Expect{Ref: c.Ref, State: schema.StateCreated}, Risk: plan.Risk{Level: plan.RiskNone}, At: c.At,
	})
}

// memberConfig lists the joiner's own keys of the pools and networks that the cluster has when it joins.
func (d *draft) memberConfig(name string) []plan.MemberKey {
	var out []plan.MemberKey
	for _, entity := range []struct {
		kind schema.KindName
		text string
	}{{schema.KindStoragePool, "storage-pool"}, {schema.KindNetwork, "network"}} {
		for _, live := range d.Live.OfKind(entity.kind) {
			want, declared := d.Want.Want.Get(live.Ref)
			if !declared || live.State == schema.StatePending {
				continue
			}
			config := want.Members[name].Config
			for _, key := range slices.Sorted(maps.Keys(config)) {
				out = append(out, plan.MemberKey{Entity: entity.text, Name: live.Ref.Name, Key: key, Value: config[key]})
			}
		}
	}
	return out
}

// furnish plans what a member has beside its membership: description, failure domain, groups, configuration. The
// member's PUT always carries every field, so it is an edit. Of a new member only what differs from a fresh one's.
func (d *draft) furnish(kind schema.Kind, c plan.Change, want schema.Object) {
	if c.Action == plan.Create {
		fresh := schema.Object{Ref: c.Ref, Body: schema.Body{
			Attrs: map[string]string{"address": want.Attrs["address"], "failure_domain": "default"},
			Lists: map[string][]string{"groups": {"default"}},
		}}
		c.Action, c.Fields = plan.Update, diff.Fields(kind.Spec, d.View, want, fresh)
	}
	if len(c.Fields) == 0 || c.Action == plan.Refuse {
		return
	}
	for _, group := range want.Lists["groups"] {
		want.Refs = append(want.Refs, schema.Ref{Kind: schema.KindGroup, Name: group})
	}
	d.edit(kind, c, want)
	if _, differs := diff.EvacuationState(want, d.Current(c.Ref)); differs {
		d.evacuation(kind, c, want)
	}
}

// wider plans the wildcard REST addresses that a joiner can have only once it is a member.
func (d *draft) wider(changes map[string]plan.Change) {
	for _, m := range d.Joiners {
		if address := d.localConfig(m)["core.https_address"]; wildcard(address) {
			d.local(plan.Change{Ref: plan.ServerRef(), At: changes[m.Name].At}, m.Name, map[string]string{"core.https_address": address}, d.formed)
		}
	}
}

// changesByMember returns the changes of members by name.
func changesByMember(changes []plan.Change) map[string]plan.Change {
	out := map[string]plan.Change{}
	for _, c := range changes {
		if c.Ref.Kind == schema.KindMember {
			out[c.Ref.Name] = c
		}
	}
	return out
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
