package kinds

import (
	"slices"

	"clusterctl/schema"
)

// member describes the members. How to reach one is no part of its object, see [schema.Member].
func member() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name:      schema.KindMember,
			Title:     "member",
			Plural:    "members",
			Scope:     schema.ScopeCluster,
			Lifecycle: schema.Membership,
			Home:      schema.HomeCluster,
			AtJoin:    schema.LossNone,
			Path:      "/1.0/cluster/members",
			Attrs: []schema.Attr{
				{Name: "address", Immutable: true, Server: true, Form: schema.AddressForm},
				{Name: "description"},
				{Name: "failure_domain", Default: "default"},
			},
			Lists: []string{"groups", "roles"},
			ListValues: map[string]map[string]schema.Versions{"roles": {
				"event-hub":       {schema.LXD: {{Until: "6.7"}}},
				"control-plane":   {schema.LXD: {{From: "6.8"}}, schema.Incus: {}},
				"database-client": {schema.LXD: {}, schema.Incus: {{From: "7.0"}}}}},
			Keys: keys("member"),
			Tables: schema.Tables{Table: "nodes",
				Columns: map[string]string{"address": "address", "description": "description"}, Owner: "node_id",
				Config: "nodes_config"},
			Rank: 70,
		},
		Form:  schema.FormOf(memberObject),
		Names: memberNames, Check: checkMember,
	}
}

func memberObject(e *schema.MemberEntry) schema.Object {
	attrs := map[string]string{"address": e.Address, "description": e.Description, "failure_domain": e.FailureDomain}
	o := object(schema.Ref{Kind: schema.KindMember, Name: e.Name}, e.State, attrs, e.Config)
	if e.State == string(schema.StatePresent) {
		o.State = schema.StatePresent // other than nothing: an evacuated member is restored
	}
	o.Lists = map[string][]string{}
	if e.Groups != nil {
		o.Lists["groups"] = slices.Compact(slices.Sorted(slices.Values(e.Groups)))
	}
	if e.Roles != nil {
		o.Lists["roles"] = slices.Compact(slices.Sorted(slices.Values(e.Roles)))
	}
	return o
}

func memberNames(o schema.Object) []schema.Reference {
	return schema.Map(o.Lists["groups"],
		func(group string) schema.Reference { return inNoProject("lists.groups", schema.KindGroup, group) })
}

// checkMember refuses a whole list of groups that has none, in the words of LXD 5.0.2 and Incus 6.0.4 (both measured:
// PUT and PATCH of a member): no instance would be placed on it.
func checkMember(o schema.Object, _ schema.Cluster, _ schema.Product) []schema.Problem {
	groups := o.Lists["groups"]
	if groups == nil || len(groups) > 0 || o.State == schema.StateAbsent || o.State == schema.StateLost {
		return nil
	}
	return []schema.Problem{schema.Wrong(schema.CodeValue, "lists.groups",
		"cannot take "+o.Ref.Name+" out of every cluster group",
		"Cluster members need to belong to at least one group.",
		"write groups: [default], or remove the key to keep the groups that it has")}
}
