package guard

import (
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// guardInUse refuses deletions of what something else still uses once the plan is done: LXD refuses them at apply, when
// steps before them are done already.
func guardInUse(p Proposal) schema.Diagnostics {
	deleted := map[schema.Ref]bool{}
	for _, c := range p.Changes {
		if c.Deletes() && c.Ref.Kind != schema.KindMember {
			deleted[c.Ref] = true
		}
	}
	if len(deleted) == 0 {
		return nil
	}
	inUse := p.UsersOf(deleted)
	var out schema.Diagnostics
	for _, c := range p.Changes {
		users := inUse[c.Ref]
		if len(users) == 0 {
			continue
		}
		diag := plan.Refusal(plan.CodeInUse, c.At, c.Ref, "cannot delete %s: %s", c.Ref, view.UsedBy(users))
		diag.Detail = p.Product().Title() + " deletes nothing that is in use."
		diag.Hint = "let them use something else, or take them away in the same plan"
		out = append(out, diag)
	}
	return out
}

// unread reports that nothing of a cluster could be read: of one that is there nobody answered, and none begins. That is
// refused elsewhere.
func (p Proposal) unread() bool {
	return len(p.Live.Refs()) == 0 || !p.Live.Facts.Clustered && p.Bootstrap == ""
}

// seen reports that all objects of these kinds were.
func (p Proposal) seen(kinds ...schema.KindName) bool {
	return !slices.ContainsFunc(kinds, func(kind schema.KindName) bool {
		_, hidden := p.Live.Facts.KindNotSeen(kind, "")
		return hidden
	})
}

// guardReferences refuses objects that name what is neither in the preseed nor there already, of the kinds of which
// that is known for sure. The decoder finds such names only where the preseed has others of the kind.
func guardReferences(p Proposal) schema.Diagnostics {
	if p.unread() {
		return nil
	}
	var out schema.Diagnostics
	for _, c := range p.Changes {
		if c.Action == plan.Delete || c.Action == plan.Refuse {
			continue
		}
		want := p.Wanted(c.Ref)
		in := schema.Ref{Kind: schema.KindProject, Name: c.Ref.Project}
		if in.Name != "" && in.Name != schema.DefaultProject && p.seen(schema.KindProject) && !p.Known(in) {
			out = append(out, p.missing(c.Ref, in, p.Want.Source.At(c.Ref, "project")))
			continue
		}
		for _, r := range p.Kind(c.Ref.Kind).References(want) {
			ref, kind := r.Ref, p.Kind(r.Ref.Kind)
			if !slices.Contains(want.Refs, ref) {
				ref.Project = schema.DefaultProject // its project has none of its own
			}
			image := kind.Lifecycle == schema.Imported && c.Action == plan.Create && ref.Project == schema.DefaultProject
			if !slices.Contains(want.Refs, ref) {
				continue // it follows from what another member had
			}
			if !image && !kind.Listed && !p.attaches(c, r) || p.Known(ref) {
				continue // an image is needed to make an instance, and never again
			}
			out = append(out, p.missing(c.Ref, ref, p.Want.Source.Naming(c.Ref, r)))
		}
	}
	return out
}

// attaches reports a change that gives an instance a disk of a volume, where all of those of the cluster were seen: the
// server looks for it then, and not before (lxd 5.0.2 and incus 6.0.4, lxd/device/disk.go validateConfig). What is in a
// profile nobody looks at, the default project's volumes may be those of another, and on Incus the source may go on with
// a path.
func (p Proposal) attaches(c plan.Change, r schema.Reference) bool {
	device, source := strings.CutSuffix(strings.TrimPrefix(r.Field, "devices."), ".source")
	changes := slices.ContainsFunc(c.Fields, func(f plan.FieldChange) bool { return f.Device == device })
	shared := r.Ref
	shared.Project = schema.DefaultProject
	within := p.Product() == schema.Incus && strings.Count(r.Ref.Name, "/") > 1
	return source && r.Ref.Kind == schema.KindVolume && p.Kind(c.Ref.Kind).Lifecycle == schema.Running &&
		(c.Action == plan.Create || changes) && p.Live.Facts.Clustered && !within && !p.Known(shared) &&
		p.seen(schema.KindVolume)
}

// guardRequired refuses to create what the preseed does not say enough of: member_config names pools and networks of
// the cluster, and one that is not there is created only where the preseed says what it is.
func guardRequired(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range p.Changes {
		kind := p.Kind(c.Ref.Kind)
		for _, attr := range kind.Attrs {
			// An entry of a section always says the type: its default, if nothing else.
			makes := attr.Made(p.Wanted(c.Ref))
			needed := attr.Required || makes || attr.Name == kind.Variant
			if c.Action != plan.Create || !needed || p.Wanted(c.Ref).Attrs[attr.Name] != "" || p.unread() {
				continue
			}
			diag := plan.Refusal(schema.CodeRequired, c.At, c.Ref, "cannot create %s: nothing says its %s", c.Ref, attr.Name)
			diag.Detail = "It is not in the cluster, and the preseed has no more of it than member_config."
			diag.Hint = "add it to " + kind.Plural + ": with its " + attr.Name + ", or correct the name"
			if makes {
				diag.Detail, diag.Hint = kind.Unmade, "leave it out until it is there, or give its "+attr.Name
			}
			out = append(out, diag)
		}
	}
	return out
}

// missing refuses what an object names and nobody has.
func (p Proposal) missing(user, ref schema.Ref, at schema.Position) schema.Diagnostic {
	kind := p.Kind(ref.Kind)
	diag := plan.Refusal(schema.CodeReference, at, user, "cannot use %s in %s: there is none of that name",
		view.Named(kind, ref), user)
	diag.Detail = "It is neither in the preseed nor in the cluster."
	diag.Hint = "correct the name, or add it to " + kind.Plural + ":"
	return diag
}

// guardFiles refuses to bring in an image whose file could not be read: nothing is known of it.
func guardFiles(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, s := range p.Steps {
		if s.Op.Upload == nil || s.Op.Upload.Fingerprint != "" {
			continue
		}
		diag := plan.Refusal(schema.CodeFile, s.At, s.Cause, "cannot bring in %s: %s cannot be read", s.Cause,
			s.Op.Upload.Path)
		diag.Hint = "run clusterctl where the file is, or correct the path"
		out = append(out, diag)
	}
	return out
}

// Cycles refuses steps of which each waits for the next, and the last for the first.
func Cycles(steps []plan.Step, cycles [][]plan.StepID) schema.Diagnostics {
	var out schema.Diagnostics
	for _, cycle := range cycles {
		words := schema.Map(append(cycle, cycle[0]), func(id plan.StepID) string { return string(id) })
		first := steps[slices.IndexFunc(steps, func(s plan.Step) bool { return s.ID == cycle[0] })]
		diag := plan.Refusal(plan.CodeCycle, first.At, first.Cause,
			"cannot find an order: each of these steps needs the next: %s", strings.Join(words, ", "))
		diag.Hint = "make them in two runs: leave one of the references out first"
		out = append(out, diag)
	}
	return out
}
