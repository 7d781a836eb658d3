package plan

import (
	"encoding/json"
	"slices"
	"strings"

	"clusterctl/schema"
)

// draft is a plan in the making: what the lifecycles look at, and the steps they have written so far.
type draft struct {
	want schema.Preseed
	live schema.Cluster
	reg  schema.Registry
	// founder is the member that will bootstrap; empty when the cluster is there.
	founder string
	// joiners are the members that will join, in file order.
	joiners []schema.Member
	// members are the names of all members once the plan is done, sorted.
	members []string
	// evacuate reports that members which leave are emptied first: their instances evacuated, their volumes moved.
	evacuate bool

	steps []Step
	// last is the step after which an object is as desired.
	last map[schema.Ref]StepID
	// formed are the steps after which all members are in the cluster and the servers are configured.
	formed []StepID
	// cleared is what is taken off members that leave, before they do.
	cleared map[place]bool
	// arrives is what is moved to other members, with those that it leaves; stays is what cannot be moved.
	arrives map[place]string
	stays   []stay
}

func newDraft(want schema.Preseed, live schema.Cluster, reg schema.Registry) *draft {
	d := &draft{want: want, live: live, reg: reg, last: map[schema.Ref]StepID{}, cleared: map[place]bool{}, arrives: map[place]string{}}
	for name, m := range live.Facts.Members {
		o, _ := want.Want.Get(memberRef(name))
		if live.Facts.Clustered && m.State != schema.StatePending && o.State != schema.StateAbsent && o.State != schema.StateLost {
			d.members = append(d.members, name)
		}
	}
	for _, m := range want.Members {
		o, declared := want.Want.Get(memberRef(m.Name))
		if !declared || o.State == schema.StateAbsent || o.State == schema.StateLost || slices.Contains(d.members, m.Name) {
			continue
		}
		if !live.Facts.Clustered && m.Name == want.Bootstrap {
			d.founder = m.Name
		} else {
			d.joiners = append(d.joiners, m)
		}
		d.members = append(d.members, m.Name)
	}
	slices.Sort(d.members)
	return d
}

func memberRef(name string) schema.Ref { return schema.Ref{Kind: schema.KindMember, Name: name} }

func serverRef() schema.Ref { return schema.Ref{Kind: schema.KindServer, Name: schema.ServerName} }

// add appends a step and makes it the last one of its cause.
func (d *draft) add(s Step) StepID {
	d.steps = append(d.steps, s)
	d.last[s.Cause] = s.ID
	return s.ID
}

// needs returns the steps that must be done before an object can be touched: the cluster is formed, and what the
// object refers to is as desired.
func (d *draft) needs(o schema.Object) []StepID {
	needs := slices.Clone(d.formed)
	refs := slices.Clone(o.Refs)
	if o.Ref.Project != "" && o.Ref.Project != schema.DefaultProject {
		refs = append(refs, schema.Ref{Kind: schema.KindProject, Name: o.Ref.Project})
	}
	refs = append(refs, parents(o)...)
	refs = append(refs, d.suppliers(o)...)
	for _, r := range refs {
		if id, ok := d.last[r]; ok && r != o.Ref {
			needs = append(needs, id)
		}
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// parents names the interfaces that devices sit on as networks. Most are interfaces of the members and in no plan, but
// where a managed network of that name is made or changed the device has to wait: LXD 5.0.2 says "Specified network is
// not fully created" (lxd/device/nic_bridged.go validateConfig; measured).
func parents(o schema.Object) []schema.Ref {
	var out []schema.Ref
	for _, device := range o.Devices {
		if parent := device["parent"]; parent != "" {
			out = append(out, schema.Ref{Kind: schema.KindNetwork, Project: schema.DefaultProject, Name: parent})
		}
	}
	return out
}

// suppliers names the images that bring in from a file what an object knows by its fingerprint, or by the beginning of it.
func (d *draft) suppliers(o schema.Object) []schema.Ref {
	kind, _ := d.reg.Kind(o.Ref.Kind)
	fingerprint := o.Attrs["fingerprint"]
	if kind.Lifecycle == schema.Running {
		fingerprint = o.Attrs["image"]
	}
	if fingerprint == "" || o.Attrs["file"] != "" || kind.Lifecycle != schema.Running && kind.Lifecycle != schema.Imported {
		return nil
	}
	var out []schema.Ref
	for _, image := range d.want.Want.OfKind(schema.KindImage) {
		if image.Attrs["file"] != "" && strings.HasPrefix(image.Attrs["fingerprint"], fingerprint) {
			out = append(out, image.Ref)
		}
	}
	return out
}

// leaves returns the steps that no other step needs yet: after them everything so far is done.
func (d *draft) leaves() []StepID {
	needed := map[StepID]bool{}
	for _, s := range d.steps {
		for _, id := range s.Needs {
			needed[id] = true
		}
	}
	var out []StepID
	for _, s := range d.steps {
		if !needed[s.ID] {
			out = append(out, s.ID)
		}
	}
	return out
}

// localConfig returns the member-local server keys of a member: what the preseed gives, and its address for
// core.https_address when it gives none.
func (d *draft) localConfig(m schema.Member) map[string]string {
	config := map[string]string{}
	server, _ := d.want.Want.Get(serverRef())
	for key, value := range server.Members[m.Name].Config {
		if value != "" {
			config[key] = value
		}
	}
	if config["core.https_address"] == "" {
		config["core.https_address"] = m.Address
	}
	return config
}

func (d *draft) liveObject(r schema.Ref) schema.Object {
	o, _ := d.live.Get(r)
	return o
}

func (d *draft) member(name string) schema.Member {
	i := slices.IndexFunc(d.want.Members, func(m schema.Member) bool { return m.Name == name })
	if i < 0 {
		return schema.Member{Name: name}
	}
	return d.want.Members[i]
}

// encode makes a body. The values are maps and texts of ours, which always encode.
func encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("plan: encoding a body: " + err.Error())
	}
	return b
}

// given returns the entries that have a value; LXD stores no empty ones.
func given(config map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range config {
		if v != "" {
			out[k] = v
		}
	}
	return out
}
