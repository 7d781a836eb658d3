package kinds

import (
	"encoding/json"
	"slices"

	"clusterctl/schema"
)

type authGroupEntry struct {
	Name        string       `yaml:"name" validate:"required,excludesall=/ :"`
	Description string       `yaml:"description"`
	State       string       `yaml:"state" validate:"omitempty,oneof=present absent"`
	Permissions []permission `yaml:"permissions" validate:"dive"`
}

const kindAuthGroup schema.KindName = "auth_group"

// authGroup describes the groups through which identities have permissions, from LXD 5.21 on. admins is LXD's own on
// servers that began with 5.21.4, 6.4 or later (lxd/db/cluster/open.go; read on 5.21.7 and 6.9).
func authGroup() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: kindAuthGroup, Title: "authorization group", Lost: "its permissions", Plural: "auth_groups",
			Scope:     schema.ScopeCluster,
			Lifecycle: schema.Simple, Servers: fineGrained(), Home: schema.HomeCluster, AtJoin: schema.LossRefused,
			Path: "/1.0/auth/groups", Builtin: []string{"admins"},
			BuiltinOn: schema.Versions{schema.LXD: {{From: "5.21.4", Until: "5.21"}, {From: "6.4"}}, schema.Incus: {}},
			Attrs:     []schema.Attr{{Name: "description"}, {Name: "permissions", JSON: true, Default: "[]"}},
			Tables: schema.Tables{Table: "auth_groups", Columns: map[string]string{"description": "description"},
				Joins: map[string]schema.Join{"permissions": {Table: "auth_groups_permissions", Owner: "auth_group_id",
					Text: permissionRow}}},
			Rank: 86,
		},
		Form: schema.FormOf(func(e *authGroupEntry) schema.Object {
			attrs := map[string]string{"description": e.Description, "permissions": listText(permissionForms(e.Permissions))}
			return object(schema.Ref{Kind: kindAuthGroup, Name: e.Name}, e.State, attrs, nil)
		}),
		Names: authGroupNames, Finish: finishAuthGroup, Check: checkAuthGroup,
	}
}

// fineGrained are the servers with identities whose rights come from groups.
func fineGrained() schema.Versions {
	return schema.Versions{schema.LXD: {{From: "5.21"}}, schema.Incus: {}}
}

func permissionsOf(o schema.Object) []permission {
	var out []permission
	_ = json.Unmarshal([]byte(o.Attrs["permissions"]), &out) // made of these, or empty
	return out
}

func authGroupNames(o schema.Object) []schema.Reference {
	var out []schema.Reference
	for _, p := range permissionsOf(o) {
		if ref := p.object(); ref.Kind != "" && ref != o.Ref {
			out = append(out, schema.Reference{Field: "attrs.permissions", Ref: ref})
		}
	}
	return out
}

// finishAuthGroup gives the permissions their form: the database has rows, REST any order.
func finishAuthGroup(o schema.Object) schema.Object {
	var list []permission
	for _, row := range schema.JSONTexts(o.Attrs["permissions"]) {
		if p := permissionOf(schema.JSONTexts(row)); p.EntityType != "" {
			list = append(list, p)
		}
	}
	if list == nil {
		list = permissionsOf(o)
	}
	if len(list) > 0 {
		o = o.Clone()
		o.Attrs["permissions"] = listText(permissionForms(list))
	}
	return o
}

func checkAuthGroup(o schema.Object, _ schema.Cluster, _ schema.Product) []schema.Problem {
	var out []schema.Problem
	for _, p := range permissionsOf(o) {
		if fault, hint := p.fault(); fault != "" && p.EntityType != "" {
			out = append(out, schema.Wrong(schema.CodeValue, "attrs.permissions",
				"cannot give group "+o.Ref.Name+" "+p.Entitlement+" on "+p.EntityType+" "+p.URL, fault, hint))
		}
	}
	return out
}

type providerGroupEntry struct {
	Name   string   `yaml:"name" validate:"required,excludesall=/ :"`
	State  string   `yaml:"state" validate:"omitempty,oneof=present absent"`
	Groups []string `yaml:"groups" validate:"dive,required"`
}

// identityProviderGroup describes which groups the members of a group of the identity provider are in.
func identityProviderGroup() schema.Kind {
	const name schema.KindName = "identity_provider_group"
	return schema.Kind{
		Spec: schema.Spec{
			Name: name, Title: "identity provider group", Plural: "identity_provider_groups", Scope: schema.ScopeCluster,
			Lifecycle: schema.Simple, Servers: fineGrained(), Home: schema.HomeCluster, AtJoin: schema.LossRefused,
			Path: "/1.0/auth/identity-provider-groups", Lists: []string{"groups"},
			Tables: schema.Tables{Table: "identity_provider_groups",
				Joins: map[string]schema.Join{"groups": {Table: "auth_groups_identity_provider_groups",
					Owner: "identity_provider_group_id", Item: "auth_group_id", Of: "auth_groups"}}},
			Rank: 87,
		},
		Form: schema.FormOf(func(e *providerGroupEntry) schema.Object {
			return withGroups(object(schema.Ref{Kind: name, Name: e.Name}, e.State, nil, nil), e.Groups)
		}),
		Names: authGroupsNamed,
	}
}

// withGroups adds the groups of an entry that speaks of them.
func withGroups(o schema.Object, groups []string) schema.Object {
	if groups != nil {
		o.Lists = map[string][]string{"groups": slices.Compact(slices.Sorted(slices.Values(groups)))}
	}
	return o
}

func authGroupsNamed(o schema.Object) []schema.Reference {
	return schema.Map(o.Lists["groups"],
		func(group string) schema.Reference { return inNoProject("lists.groups", kindAuthGroup, group) })
}
