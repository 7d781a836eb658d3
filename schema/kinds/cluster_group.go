package kinds

import (
	"slices"

	"clusterctl/schema"
)

type groupEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/ _'\"*,ne=.,ne=.."`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
	Members     []string          `yaml:"members" validate:"dive,required"`
}

// clusterGroup describes cluster groups. Which members are in a group is written to the members, also where the group
// says it: LXD 5.0.2 lets a write to the group leave a member in no group at all.
func clusterGroup() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: schema.KindGroup, Title: "cluster group", Lost: "its membership", Plural: "cluster_groups",
			Scope:     schema.ScopeCluster,
			Lifecycle: schema.Simple, Home: schema.HomeCluster, AtJoin: schema.LossNone,
			Path: "/1.0/cluster/groups", Listed: true, Attrs: []schema.Attr{{Name: "description"}}, Builtin: []string{"default"},
			Keys: keys("cluster_group"), ListBare: schema.Versions{schema.LXD: {}, schema.Incus: {{From: "6.4"}}}, // recorded on 7.0.2
			Tables: schema.Tables{
				Table:   "cluster_groups",
				Columns: map[string]string{"description": "description"},
				Later: []schema.Tables{{Table: "cluster_groups", Columns: map[string]string{"description": "description"},
					Owner: "cluster_group_id", Config: "cluster_groups_config"}}, // read on Incus 7.0.2
			},
			Rank: 20,
		},
		Form: schema.FormOf(func(e *groupEntry) schema.Object {
			ref := schema.Ref{Kind: schema.KindGroup, Name: e.Name}
			o := object(ref, e.State, map[string]string{"description": e.Description}, e.Config)
			if e.Members != nil {
				members := slices.Sorted(slices.Values(e.Members))
				o.Lists = map[string][]string{"members": slices.Compact(members)}
			}
			return o
		}),
		Names: groupNames, Check: checkGroup,
	}
}

func groupNames(o schema.Object) []schema.Reference {
	var refs []schema.Reference
	for _, name := range o.Lists["members"] {
		refs = append(refs, inNoProject("lists.members", schema.KindMember, name))
	}
	return refs
}

// checkGroup holds what a group says of its members against what they say themselves.
func checkGroup(o schema.Object, want schema.Cluster, _ schema.Product) []schema.Problem {
	var out []schema.Problem
	for _, member := range want.OfKind(schema.KindMember) {
		group, name, groups := o.Ref.Name, member.Ref.Name, member.Lists["groups"]
		if o.Lists["members"] == nil || len(groups) == 0 {
			continue
		}
		switch inside := slices.Contains(groups, group); {
		case inside == slices.Contains(o.Lists["members"], name):
		case inside:
			out = append(out, schema.Wrong(schema.CodeDuplicate, "lists.members",
				"cannot keep "+name+" out of cluster group "+group+": its groups: name it",
				"Both lists are whole ones.", "add "+name+" here, or take "+group+" out of groups: of "+name))
		default:
			out = append(out, schema.Wrong(schema.CodeDuplicate, "lists.members",
				"cannot put "+name+" into cluster group "+group+": its groups: do not name it",
				"Both lists are whole ones.", "add "+group+" to groups: of "+name+", or remove that key"))
		}
	}
	return out
}
