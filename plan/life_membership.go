package plan

import (
	"fmt"
	"maps"
	"slices"

	"clusterctl/schema"
)

// bootstrap plans the first member: a standalone server, empty or with data that it keeps, becomes a cluster of one.
func (d *draft) bootstrap(c Change) {
	m := d.member(d.founder)
	config := d.localConfig(m)
	config["cluster.https_address"] = m.Address
	id := d.add(Step{
		ID: StepID("bootstrap:" + m.Name), Title: "Bootstrap the cluster on " + m.Name, Cause: c.Ref, Member: m.Name,
		Op:     Op{Kind: OpBootstrap, Bootstrap: &Bootstrap{Name: m.Name, Config: config}},
		Expect: Expect{Ref: c.Ref, State: schema.StateCreated}, Serial: true,
		Risk: Risk{Level: RiskMedium, Stops: "REST clients that pinned the server's certificate: it is replaced by the cluster's",
			After: d.voters(1)}, At: c.At,
	})
	d.formed = []StepID{id}
}

// joins plans the joins of all joiners, one after the other. Two joins at once deadlock LXD 5.0.2. The next join
// may start once the leader lists the previous member, though, while that one still starts its networks, as long
// as the previous join changes no database role: the second member starts as stand-by, members beyond the voters
// as stand-by or spare; the third promotes the second when it ends.
func (d *draft) joins(changes map[string]Change) {
	present := len(d.members) - len(d.joiners)
	pipelined := d.canPipeline()
	prepared := d.prepare(changes)
	var previous []StepID
	if len(d.formed) > 0 {
		previous = slices.Clone(d.formed)
	}
	if id, ok := d.last[serverRef()]; ok {
		previous = union(previous, []StepID{id})
	}
	for i, m := range d.joiners {
		c := changes[m.Name]
		position := present + i + 1
		join := d.join(c, m, position, union(previous, prepared[m.Name]))
		settle := d.settle(c, m, join)
		d.formed = append(d.formed, settle)
		previous = []StepID{settle}
		if pipelined && (position == 2 || position > d.maxVoters()) {
			previous = []StepID{join}
		}
	}
}

// refresh plans a change of nothing, which makes every member read the cluster-wide keys again. A member that has
// just joined goes by the defaults until then (measured on lxd 5.0.2: its answers and its own tasks).
func (d *draft) refresh(changes map[string]Change) {
	want, _ := d.want.Want.Get(serverRef())
	if len(d.joiners) == 0 || len(want.Config)+len(d.liveObject(serverRef()).Config) == 0 {
		return
	}
	joiner := d.joiners[len(d.joiners)-1]
	d.formed = []StepID{d.add(Step{
		ID: "refresh:" + StepID(serverRef().String()), Title: "Let new members read the cluster's configuration", Cause: memberRef(joiner.Name),
		Op:    Op{Kind: OpRequest, Request: &Request{Method: "PATCH", Path: "/1.0", Body: encode(map[string]any{"config": map[string]string{}})}},
		Needs: slices.Clone(d.formed), Risk: Risk{Level: RiskNone}, At: changes[joiner.Name].At,
	})}
}

// prepare plans, for all joiners at once, the member-local keys that must be set before a join.
func (d *draft) prepare(changes map[string]Change) map[string][]StepID {
	out := map[string][]StepID{}
	for _, m := range d.joiners {
		config := d.localConfig(m)
		if wildcard(config["core.https_address"]) {
			config["core.https_address"] = m.Address // LXD 5.0.2 cannot join behind a wildcard; the rest comes after
		}
		host := d.live.Facts.Hosts[m.Name]
		maps.DeleteFunc(config, func(key, value string) bool { return host.Config[key] == value || key == "cluster.https_address" })
		if len(config) == 0 {
			continue
		}
		c := changes[m.Name]
		out[m.Name] = []StepID{d.add(Step{
			ID: StepID("prepare:" + m.Name), Title: "Set the addresses of " + m.Name, Cause: c.Ref, Member: m.Name,
			Op:   Op{Kind: OpRequest, Request: &Request{Method: "PATCH", Path: "/1.0", Body: encode(map[string]any{"config": config})}},
			Risk: Risk{Level: RiskNone, Undo: "clear the keys while the server is standalone"}, At: c.At,
		})}
	}
	return out
}

func (d *draft) join(c Change, m schema.Member, position int, needs []StepID) StepID {
	join := &Join{Name: m.Name, Address: m.Address, Trust: TrustToken, Certificate: m.Certificate, MemberConfig: d.memberConfig(m.Name)}
	if d.founder != "" {
		join.Certificate = "" // the founder's own, see guardCertificates; the cluster's is made by the bootstrap
	}
	if m.Password != "" {
		join.Trust, join.Password = TrustPassword, m.Password
	}
	return d.add(Step{
		ID: StepID("join:" + m.Name), Title: "Join " + m.Name, Cause: c.Ref, Member: m.Name,
		Op: Op{Kind: OpJoin, Join: join}, Needs: needs, Serial: true,
		Risk: Risk{Level: RiskLow, Undo: "remove the member", Before: d.voters(position - 1), After: d.voters(position)}, At: c.At,
	})
}

func (d *draft) settle(c Change, m schema.Member, join StepID) StepID {
	return d.add(Step{
		ID: StepID("settle:" + m.Name), Title: "Wait until " + m.Name + " is Online", Cause: c.Ref, Member: m.Name,
		Op: Op{Kind: OpSettle, Settle: &Settle{Name: m.Name}}, Needs: []StepID{join},
		Expect: Expect{Ref: c.Ref, State: schema.StateCreated}, Risk: Risk{Level: RiskNone}, At: c.At,
	})
}

// memberConfig lists the joiner's own keys of the pools and networks that the cluster has when it joins.
func (d *draft) memberConfig(name string) []MemberKey {
	var out []MemberKey
	for _, entity := range []struct {
		kind schema.KindName
		text string
	}{{schema.KindStoragePool, "storage-pool"}, {schema.KindNetwork, "network"}} {
		for _, live := range d.live.OfKind(entity.kind) {
			want, declared := d.want.Want.Get(live.Ref)
			if !declared || live.State == schema.StatePending {
				continue
			}
			config := want.Members[name].Config
			for _, key := range sortedKeys(config) {
				out = append(out, MemberKey{Entity: entity.text, Name: live.Ref.Name, Key: key, Value: config[key]})
			}
		}
	}
	return out
}

// furnish plans what a member has beside its membership: description, failure domain, groups, configuration. The
// member's PUT always carries every field, so it is an edit. Of a new member only what differs from a fresh one's.
func (d *draft) furnish(kind schema.Kind, c Change, want schema.Object) {
	if c.Action == Create {
		fresh := schema.Object{Ref: c.Ref, Body: schema.Body{
			Attrs: map[string]string{"address": want.Attrs["address"], "failure_domain": "default"},
			Lists: map[string][]string{"groups": {"default"}},
		}}
		c.Action, c.Fields = Update, comparer{spec: kind.Spec, source: d.want.Source}.fields(want, fresh)
	}
	if len(c.Fields) == 0 || c.Action == Refuse {
		return
	}
	for _, group := range want.Lists["groups"] {
		want.Refs = append(want.Refs, schema.Ref{Kind: schema.KindGroup, Name: group})
	}
	d.edit(kind, c, want)
	if _, differs := evacuationState(want, d.liveObject(c.Ref)); differs {
		d.evacuation(kind, c, want)
	}
}

// wider plans the wildcard REST addresses that a joiner can have only once it is a member.
func (d *draft) wider(changes map[string]Change) {
	for _, m := range d.joiners {
		if address := d.localConfig(m)["core.https_address"]; wildcard(address) {
			d.local(Change{Ref: serverRef(), At: changes[m.Name].At}, m.Name, map[string]string{"core.https_address": address}, d.formed)
		}
	}
}

// changesByMember returns the changes of members by name.
func changesByMember(changes []Change) map[string]Change {
	out := map[string]Change{}
	for _, c := range changes {
		if c.Ref.Kind == schema.KindMember {
			out[c.Ref.Name] = c
		}
	}
	return out
}

func (r Risk) String() string {
	if r.Stops == "" {
		return string(r.Level)
	}
	return fmt.Sprintf("%s: %s", r.Level, r.Stops)
}
