package session

import (
	"cmp"
	"maps"
	"slices"

	"clusterctl/plan/view"
	"clusterctl/schema"
	"clusterctl/schema/emit"
)

// Pictured is a member in the picture of a cluster before and after a plan.
type Pictured struct {
	Name, Address string
	// Before and After are its role in the database and its failure domain; the zero value where it is no member.
	Before, After Place
	// Leader reports that it leads the database now, Offline that it does not run.
	Leader, Offline bool
}

// Place is where a member stands.
type Place struct {
	// Role is empty where it is not known.
	Role   schema.RaftRole
	Domain string
	Member bool
}

// Unmanaged is what a cluster has and files do not say, of one object.
type Unmanaged = emit.Unmanaged

// NotManaged is what the cluster has, the files do not say, and the plan leaves alone: it does not take it away, either
// by itself or with what it belongs to.
func (v *Survey) NotManaged() []Unmanaged {
	gone := map[schema.Ref]bool{}
	for _, c := range v.Plan.Changes {
		gone[c.Ref] = c.Deletes()
	}
	at := view.New(v.want, v.live, v.registry, false)
	return slices.DeleteFunc(emit.NotManaged(v.registry, v.want.Want, v.live), func(u Unmanaged) bool {
		return gone[u.Ref] || at.GoesWith(u.Ref, gone)
	})
}

// Domain is the failure domain that it is in afterwards, or was in.
func (p Pictured) Domain() string { return cmp.Or(p.After.Domain, p.Before.Domain) }

// Picture shows the members in the order of their failure domains. Roles afterwards are those that the servers are
// expected to give; they are left out where the roles of now are not known.
func (v *Survey) Picture() []Pictured {
	at := view.New(v.want, v.live, v.registry, false)
	members := map[string]*Pictured{}
	member := func(name string) *Pictured {
		if members[name] == nil {
			members[name] = &Pictured{Name: name}
		}
		return members[name]
	}
	for name, m := range v.Facts.Members {
		p := member(name)
		p.Address, p.Leader, p.Offline = m.Address, name == v.Facts.Leader, !m.Online
		p.Before = Place{Role: m.Role, Domain: view.FailureDomain(v.live, name), Member: true}
	}
	for _, name := range at.Members {
		member(name).After = Place{Domain: cmp.Or(view.FailureDomain(v.want.Want, name), "default"), Member: true}
	}
	for _, m := range v.want.Members {
		if p := members[m.Name]; p != nil {
			p.Address = cmp.Or(p.Address, m.Address)
		}
	}
	roles, _ := at.RolesAfter()
	for _, r := range roles {
		p := member(r.Member)
		p.After = Place{Role: r.Role, Domain: r.Domain, Member: true}
	}
	out := slices.SortedFunc(maps.Values(members), func(a, b *Pictured) int {
		return cmp.Or(schema.CompareNames(a.Domain(), b.Domain()), schema.CompareNames(a.Name, b.Name))
	})
	return schema.Map(out, func(p *Pictured) Pictured { return *p })
}
