package guard

import (
	"maps"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// rule refuses a change that the servers would refuse when the steps before it are done: at a field of the object, or
// at the object where the preseed does not have that field.
func (p Proposal) rule(ref schema.Ref, field, hint, format string, args ...any) schema.Diagnostic {
	diag := plan.Refusal(plan.CodeRule, p.Want.Source.At(ref, field), ref, format, args...)
	diag.Hint = hint
	return diag
}

// brings reports a change that makes the object, or goes on making it.
func brings(c plan.Change) bool {
	return slices.Contains([]plan.Action{plan.Create, plan.Resume, plan.Rebuild}, c.Action)
}

// shared are the values of a member's key that two objects of a kind have after the plan, one of which is new and of a
// type that wants it for itself.
func (p Proposal) shared(kind schema.KindName, key string,
	alone func(new, other schema.Object) bool) schema.Diagnostics {
	var out schema.Diagnostics
	all := p.ThenOf(kind)
	for _, c := range p.Changes {
		if c.Ref.Kind != kind || !brings(c) {
			continue
		}
		then, _ := p.Then(c.Ref)
		for _, member := range then.MemberNames() {
			value := then.Members[member].Config[key]
			i := slices.IndexFunc(all, func(o schema.Object) bool {
				return o.Ref != c.Ref && value != "" && o.Members[member].Config[key] == value && alone(then, o)
			})
			if i < 0 {
				continue
			}
			diag := p.rule(c.Ref, "members."+member+"."+key, "give each its own",
				"cannot use %s %s for %s on %s: %s has it", key, value, c.Ref, member, all[i].Ref)
			diag.Member = member
			out = append(out, diag)
		}
	}
	return out
}

// guardParents refuses a physical network whose parent another network has: "Parent interface ... in use by another
// network", unless they are of different VLANs (lxd 5.0.2, lxd/network/driver_physical.go checkParentUse; measured).
func guardParents(p Proposal) schema.Diagnostics {
	return p.shared(schema.KindNetwork, "parent", func(new, other schema.Object) bool {
		mine, theirs := new.Config["vlan"], other.Config["vlan"]
		return new.Attrs["type"] == "physical" && (mine == "" || theirs == "" || mine == theirs)
	})
}

// guardSources refuses two pools in one place: "Source path ... isn't empty" (lxd 5.0.2, measured), and other drivers
// would take the device from the first.
func guardSources(p Proposal) schema.Diagnostics {
	return p.shared(schema.KindStoragePool, "source", func(new, other schema.Object) bool {
		driver := new.Attrs["driver"]
		return driver == other.Attrs["driver"] && driver != "ceph" && driver != "cephfs"
	})
}

// features is the beginning of the keys that say of what a project has objects of its own.
const features = "features."

// guardProjectNetworks refuses networks that a project cannot have: it may have OVN networks alone (lxd 5.0.2,
// lxd/networks.go networksPost; measured). From Incus 7 on OVN has to run before there is such a project ("OVN is
// required for projects with ..."); whether it does nobody tells, so that is a warning.
func guardProjectNetworks(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	flavour := p.Live.Facts.Flavour
	for _, c := range p.Changes {
		if c.Ref.Kind != schema.KindNetwork && c.Ref.Kind != schema.KindProject || !brings(c) {
			continue
		}
		then, _ := p.Then(c.Ref)
		project, _ := p.Then(schema.Ref{Kind: schema.KindProject, Name: c.Ref.Project})
		own := features + "networks"
		switch {
		case c.Ref.Kind == schema.KindNetwork && then.Attrs["type"] != "ovn" && c.Ref.Project != schema.DefaultProject &&
			schema.IsTrue(project.Config[own]):
			out = append(out, p.rule(c.Ref, "attrs.type",
				"put it into the project "+schema.DefaultProject+", or take "+own+" from "+c.Ref.Project,
				"cannot make %s of type %s: a project has no networks of its own but those of type ovn",
				c.Ref, then.Attrs["type"]))
		case c.Ref.Kind == schema.KindProject && schema.IsTrue(then.Config[own]) && flavour.Product == schema.Incus &&
			flavour.AtLeast("7"):
			diag := p.rule(c.Ref, "config."+own, "set up OVN on the members first",
				"making %s needs OVN: %s %s has no other networks in projects", c.Ref, flavour.Product.Title(), flavour.Version)
			diag.Severity = schema.SeverityWarning
			out = append(out, diag)
		}
	}
	return out
}

// guardShared refuses objects in a project that, as the cluster says where the preseed does not, has none of that kind
// of its own: the server would put them into the default project without a word (lxd 5.0.2, incus 6.0.4, measured).
func guardShared(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range p.Changes {
		kind, ref := p.Kind(c.Ref.Kind), schema.Ref{Kind: schema.KindProject, Name: c.Ref.Project}
		project, stays := p.Then(ref)
		if kind.Feature == "" || c.Ref.Project == schema.DefaultProject || !brings(c) || !stays {
			continue
		}
		own := project.Config[kind.Feature]
		if _, there := p.Live.Get(ref); !there && own == "" { // the server fills it in
			rule, _ := p.Kind(schema.KindProject).Rule("", kind.Feature)
			own = rule.Default
		}
		if schema.IsTrue(own) {
			continue
		}
		diag := plan.Refusal(schema.CodePlacement, c.At, c.Ref, "cannot put %s %s into project %s", kind.Title,
			c.Ref.Name, c.Ref.Project)
		diag.Detail = "The project has no " + kind.Plural + " of its own: " + p.Product().Title() +
			" would use those of the default project."
		diag.Hint = "remove project:, or take another project, with " + kind.Feature + ": \"true\""
		out = append(out, diag)
	}
	return out
}

// guardFeatures refuses to change what a project that is in use has of its own: "Project feature ... cannot be disabled
// on non-empty projects" (lxd 5.0.2, lxd/api_project.go projectChange; measured).
func guardFeatures(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range p.Changes {
		i := slices.IndexFunc(c.Fields, func(f plan.FieldChange) bool { return strings.HasPrefix(f.Key, features) })
		if c.Ref.Kind != schema.KindProject || c.Action != plan.Update || i < 0 {
			continue
		}
		f, users := c.Fields[i], p.inhabitants(c.Ref.Name)
		if c.Ref.Name == schema.DefaultProject {
			users = []string{"the others share what it has"}
		}
		if (len(users) == 0 || f.Old == "") && c.Ref.Name != schema.DefaultProject {
			continue // what was never said may be said later (measured)
		}
		out = append(out, p.rule(c.Ref, "config."+f.Key, "empty the project in a run before, or make another one",
			"cannot change %s of %s while it is in use: %s", f.Key, c.Ref, strings.Join(users, ", ")))
	}
	return out
}

// inhabitants are the first objects that live in a project, but for those that come with it.
func (p Proposal) inhabitants(project string) []string {
	var out []string
	for o := range p.Live.All() {
		if o.Ref.Project == project && !slices.Contains(p.Kind(o.Ref.Kind).Builtin, o.Ref.Name) && len(out) < 3 {
			out = append(out, o.Ref.String())
		}
	}
	return out
}

// guardRestricted refuses to put instances where their project may not have them: "Project isn't allowed to use this
// cluster member" (lxd 5.0.2, measured). What restricted.cluster.target blocks is allowed to who may do everything.
func guardRestricted(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range p.Changes {
		target := p.Wanted(c.Ref).Attrs[plan.TargetAttr]
		_, moves := c.Target()
		project, _ := p.Then(schema.Ref{Kind: schema.KindProject, Name: c.Ref.Project})
		allowed := strings.FieldsFunc(project.Config["restricted.cluster.groups"],
			func(r rune) bool { return r == ',' || r == ' ' })
		if c.Ref.Kind != schema.KindInstance || target == "" || len(allowed) == 0 || c.Action != plan.Create && !moves ||
			!schema.IsTrue(project.Config["restricted"]) {
			continue
		}
		group, isGroup := strings.CutPrefix(target, "@")
		in := []string{group}
		if !isGroup {
			member, _ := p.Then(plan.MemberRef(target))
			in = member.Lists["groups"]
		}
		if slices.ContainsFunc(in, func(g string) bool { return slices.Contains(allowed, g) }) {
			continue
		}
		out = append(out, p.rule(c.Ref, "attrs."+plan.TargetAttr,
			"give another target, or add a group to restricted.cluster.groups",
			"cannot put %s on %s: %s keeps its instances to %s", c.Ref, target, project.Ref, strings.Join(allowed, ", ")))
	}
	return out
}

// guardPublic refuses images for everybody in projects: "Images can only be marked public in the default project"
// (recorded on LXD 6.9; LXD 5.21.7 and Incus 7.5.1 take them).
func guardPublic(p Proposal) schema.Diagnostics {
	if runs := p.Live.Facts.Flavour; runs.Product != schema.LXD || !runs.AtLeast("6.9") {
		return nil
	}
	var out schema.Diagnostics
	for _, c := range p.Changes {
		shows := slices.ContainsFunc(c.Fields, func(f plan.FieldChange) bool {
			return f.Path == "attrs.public" &&
				f.New == "true"
		})
		if c.Ref.Kind == schema.KindImage && c.Ref.Project != schema.DefaultProject && shows {
			out = append(out, p.rule(c.Ref, "attrs.public", "remove public:, or put it into the project "+schema.DefaultProject,
				"cannot make %s public: it is in a project", c.Ref))
		}
	}
	return out
}

// guardDevices refuses devices that lack a key when what the preseed says is laid over what there is.
func guardDevices(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range p.Changes {
		kind := p.Kind(c.Ref.Kind)
		if !kind.HasDevices || !brings(c) && c.Action != plan.Update {
			continue
		}
		then, _ := p.Then(c.Ref)
		for _, name := range slices.Sorted(maps.Keys(p.Wanted(c.Ref).Devices)) {
			device := then.Devices[name]
			network, _ := p.Then(schema.Ref{Kind: schema.KindNetwork, Project: schema.DefaultProject, Name: device["network"]})
			variants := kind.DeviceVariants(device, network.Attrs["type"])
			for _, found := range kind.DeviceFaults(name, c.Ref.String(), device, variants, p.Live.Facts.Flavour) {
				diag := p.rule(c.Ref, found.Field, found.Hint, "%s", found.Summary)
				diag.Detail = found.Detail
				out = append(out, diag)
			}
		}
	}
	return out
}
