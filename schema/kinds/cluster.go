package kinds

import (
	"maps"
	"slices"
	"strings"

	"clusterctl/schema"
)

// completeServer names the one object of server configuration: it has cluster-wide keys in Config (lxd 5.0.2,
// lxd/cluster/config/config.go) and the keys of each member in its part (lxd/node/config.go).
func completeServer(said map[string]string) { said["name"] = schema.ServerName }

// serverNames names the volumes in which members keep their images and backups, which must be there first: "Storage
// volume not found" (lxd 5.0.2, lxd/daemon_storage.go daemonStorageValidate; measured).
func serverNames(o schema.Object) []schema.Reference {
	var refs []schema.Reference
	for _, member := range o.MemberNames() {
		for _, key := range []string{"storage.backups_volume", "storage.images_volume"} {
			if volume := o.Members[member].Config[key]; volume != "" {
				refs = append(refs, schema.Reference{Field: "members." + member + "." + key,
					Ref: schema.Ref{Kind: schema.KindVolume, Project: schema.DefaultProject, Name: volume}})
			}
		}
	}
	return refs
}

// memberForm is that of entries of members. How to reach one is no part of its object, see [schema.Member].
func memberForm() schema.Form {
	return schema.Form{New: func() any { return new(schema.MemberEntry) },
		Object: func(entry any) schema.Object { return memberObject(entry.(*schema.MemberEntry)) }}
}

func memberObject(e *schema.MemberEntry) schema.Object {
	o := schema.Object{Ref: schema.Ref{Kind: schema.KindMember, Name: e.Name}, State: schema.State(e.State)}
	o.Attrs = map[string]string{"address": e.Address, "description": e.Description, "failure_domain": e.FailureDomain}
	maps.DeleteFunc(o.Attrs, func(_, text string) bool { return text == "" })
	o.Config, o.Lists = map[string]string{}, map[string][]string{}
	maps.Copy(o.Config, e.Config)
	if e.Groups != nil {
		o.Lists["groups"] = set(e.Groups)
	}
	if e.Roles != nil {
		o.Lists["roles"] = set(e.Roles)
	}
	return o
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

// poolLimit begins the keys of Incus that limit a project's space in one pool. The pool must be there (incus 6.0.4,
// cmd/incusd/api_project.go projectValidateConfig).
const poolLimit = "limits.disk.pool."

func projectNames(o schema.Object) []schema.Reference {
	var refs []schema.Reference
	for key := range o.Config {
		if pool, ok := strings.CutPrefix(key, poolLimit); ok {
			refs = append(refs, inNoProject("config."+key, schema.KindStoragePool, pool))
		}
	}
	return refs
}

// checkProject refuses restrictions that the profiles of the default project would get around (lxd 5.0.2,
// lxd/api_project.go projectValidateConfig).
func checkProject(o schema.Object, _ schema.Cluster, _ schema.Product) []schema.Problem {
	if !schema.IsTrue(o.Config["restricted"]) || o.Config["features.profiles"] == "" ||
		schema.IsTrue(o.Config["features.profiles"]) {
		return nil
	}
	return []schema.Problem{schema.Wrong(schema.CodeValue, "config.restricted",
		"cannot restrict project "+o.Ref.Name, "Projects without their own profiles cannot be restricted.",
		"set features.profiles: \"true\", or remove restricted:")}
}
