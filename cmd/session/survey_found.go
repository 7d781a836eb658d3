package session

import (
	"cmp"
	"slices"

	"clusterctl/schema"
)

// lacks reports something found about a name that the files lack.
func lacks(d schema.Diagnostic) bool { return d.Names.Kind != "" }

// wrongAnyway reports an error whatever the cluster has.
func wrongAnyway(d schema.Diagnostic) bool { return d.Severity == schema.SeverityError && !lacks(d) }

// missed reports an error about one.
func missed(d schema.Diagnostic) bool { return d.Severity == schema.SeverityError && lacks(d) }

// ownedIn returns the reference of an object of that project with the project that has what is referred to: its own or,
// where that shares objects of the kind with it, the default one. The cluster says it where the files do not.
func ownedIn(reg schema.Registry, want, live schema.Cluster, project string, ref schema.Ref) schema.Ref {
	kind, _ := reg.Kind(ref.Kind)
	of := schema.Ref{Kind: schema.KindProject, Name: project}
	said, _ := want.Get(of)
	is, there := live.Get(of)
	if kind.Feature == "" || project == "" || project == schema.DefaultProject || !there {
		return ref
	}
	ref.Project = schema.DefaultProject
	if schema.IsTrue(cmp.Or(said.Config[kind.Feature], is.Config[kind.Feature])) {
		ref.Project = project
	}
	return ref
}

// related is what is wanted with its references as the projects of the cluster have it.
func related(reg schema.Registry, want, live schema.Cluster) schema.Cluster {
	var changed []schema.Object
	for o := range want.All() {
		kind, known := reg.Kind(o.Ref.Kind)
		if _, there := live.Get(schema.Ref{Kind: schema.KindProject, Name: o.Ref.Project}); !known || !there ||
			o.Ref.Project == schema.DefaultProject {
			continue
		}
		refs := schema.Map(kind.References(o), func(r schema.Reference) schema.Ref {
			if r.Ref.Project != o.Ref.Project { // an uplink is one of the default project
				return r.Ref
			}
			return ownedIn(reg, want, live, o.Ref.Project, r.Ref)
		})
		slices.SortFunc(refs, schema.Ref.Compare)
		if refs = slices.Compact(refs); !slices.Equal(refs, o.Refs) {
			o.Refs = refs
			changed = append(changed, o)
		}
	}
	if len(changed) == 0 {
		return want
	}
	return schema.NewCluster(want.Facts, append(want.Objects(), changed...)...)
}

// namedIn is what was found in the files, with what a cluster says of the names that they lack: those that it has are
// right, and where its objects of that kind were not seen nobody knows.
func namedIn(reg schema.Registry, want, live schema.Cluster, found schema.Diagnostics) schema.Diagnostics {
	if live.Len() == 0 {
		return found
	}
	out := slices.DeleteFunc(slices.Clone(found), func(d schema.Diagnostic) bool {
		_, there := live.Get(d.Names)
		ref := ownedIn(reg, want, live, d.Ref.Project, d.Names)
		_, owned := live.Get(ref)
		o, declared := want.Get(ref)
		return there || owned || declared && ref != d.Names && o.State != schema.StateAbsent
	})
	for i, d := range out {
		if !lacks(d) {
			continue
		}
		unseen, hidden := live.Facts.KindNotSeen(d.Names.Kind, "")
		switch {
		case hidden:
			out[i].Severity = schema.SeverityWarning
			out[i].Detail = "Whether the cluster has it is not known: " + unseen.Text + "."
		case live.Facts.Clustered:
			out[i].Detail = "The cluster has none either."
		default:
			out[i].Detail = "It must be in the preseed: there is no cluster yet that could have it."
		}
	}
	return out
}

// mayBeRight reports that nothing else is wrong than keys that clusterctl does not know, and the servers may, and names
// that the files lack, and the cluster may have.
func mayBeRight(found schema.Diagnostics) bool {
	return !slices.ContainsFunc(found, func(d schema.Diagnostic) bool {
		return wrongAnyway(d) && (d.Code != schema.CodeUnknownKey || d.Ref.Kind == "")
	})
}

// unread reports an error in what is no entry, such as in a document as a whole, or in a member: there may be members
// in what could not be read.
func unread(found schema.Diagnostics) bool {
	return slices.ContainsFunc(found, func(d schema.Diagnostic) bool {
		return d.Severity == schema.SeverityError && (d.Ref.Kind == "" || d.Ref.Kind == schema.KindMember)
	})
}

// memberless wants members of a preseed that is to be planned: without one nobody can be asked.
func (s *Session) memberless(want schema.Preseed) schema.Diagnostics {
	if len(want.Members) > 0 || s.Dump != "" {
		return nil
	}
	d := schema.Diagnostic{Severity: schema.SeverityError, Code: schema.CodeRequired,
		Summary: "cannot plan: the preseed has no members", Detail: "Nobody can be asked what there is.",
		Hint: "add members:, each with name: and address:"}
	if len(want.Files) > 0 {
		d.File = want.Files[0]
	}
	return schema.Diagnostics{d}
}
