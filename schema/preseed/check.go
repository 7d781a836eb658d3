package preseed

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"clusterctl/schema"
)

// check looks for what is wrong with the whole preseed.
func (j *judge) check() {
	var kind schema.Kind
	for o := range j.p.Want.All() {
		if kind.Name != o.Ref.Kind {
			kind, _ = j.reg.Kind(o.Ref.Kind)
		}
		if o.State == schema.StateAbsent || o.PartsGo() {
			j.checkBuiltin(kind, o)
			continue
		}
		j.checkName(kind, o)
		j.checkKeys(kind, o)
		j.checkProject(kind, o)
		j.checkRefs(kind, o)
		if kind.Check == nil {
			continue
		}
		for _, found := range kind.Check(o, j.p.Want, j.product) {
			j.say(o.Ref, "", found)
		}
	}
	j.checkMembers()
	j.checkJoins()
}

// say reports a problem of an object at the place of its field.
func (j *judge) say(ref schema.Ref, member string, found schema.Problem) {
	j.sayAt(j.p.Source.At(ref, found.Field), ref, member, found)
}

func (j *judge) sayAt(at schema.Position, ref schema.Ref, member string, found schema.Problem) {
	from := len(j.report.list)
	j.report.add(found.Severity, at, found)
	j.report.about(from, ref, member)
}

func (j *judge) wrong(ref schema.Ref, member, field string, p schema.Problem) {
	p.Severity, p.Field = schema.SeverityError, field
	j.say(ref, member, p)
}

func (j *judge) checkBuiltin(kind schema.Kind, o schema.Object) {
	if slices.Contains(kind.Builtin, o.Ref.Name) {
		j.wrong(o.Ref, "", "state", schema.Mistake(schema.CodeBuiltin, "cannot remove "+j.reg.NameOf(o.Ref),
			"It always exists.", "remove state: absent"))
	}
}

// checkName refuses what no server lists again as it was written: LXD 5.0.2 takes an escape in the name of a profile,
// and its answer is then none of HTTP.
func (j *judge) checkName(kind schema.Kind, o schema.Object) {
	if strings.ContainsFunc(o.Ref.Name, unicode.IsControl) {
		j.wrong(o.Ref, "", "", schema.Mistake(schema.CodeName, "cannot call "+an(kind.Title)+" "+quote(o.Ref.Name),
			"There is a control character in the name.", "leave it out"))
	}
}

// checkProject wants the project of an object to have such objects of its own: LXD would put it into the default
// project without a word.
func (j *judge) checkProject(kind schema.Kind, o schema.Object) {
	if own, said := j.hasOwn(o.Ref, j.p.Want); said && !own {
		j.wrong(o.Ref, "", "", schema.Mistake(schema.CodePlacement,
			"cannot put "+kind.Title+" "+o.Ref.Name+" into project "+o.Ref.Project,
			"The project has no "+kind.Plural+" of its own: "+j.product.Title()+" would use those of the default project.",
			"set "+kind.Feature+": \"true\" on the project, or remove project:"))
	}
}

// checkRefs looks for the objects that an object names.
func (j *judge) checkRefs(by schema.Kind, o schema.Object) {
	lacks := func(ref schema.Ref) bool {
		target, there := j.p.Want.Get(ref)
		return !there || target.State == schema.StateAbsent || target.State == schema.StateLost
	}
	if !slices.ContainsFunc(o.Refs, lacks) {
		return
	}
	for _, r := range by.References(o) {
		if r.Ref = j.effective(r.Ref, j.p.Want); !lacks(r.Ref) {
			continue
		}
		kind, ok := j.reg.Kind(r.Ref.Kind)
		if !ok || slices.Contains(kind.Builtin, r.Ref.Name) || kind.Lifecycle == schema.Imported ||
			kind.Lifecycle == schema.Placed {
			continue // an image is needed once, and volumes are often made by hand: the preseed may have none of them
		}
		if o.Members[r.Ref.Name].State == schema.StateAbsent && r.Ref.Kind == schema.KindMember {
			continue // what is taken off a member may well go with it
		}
		j.missing(kind, o, r)
	}
}

// missing reports a reference to something that the preseed has not. Without any object of that kind in the input
// nobody can tell: it may be there already. A file for a single server gets a warning for the same reason.
func (j *judge) missing(kind schema.Kind, o schema.Object, r schema.Reference) {
	ref := r.Ref
	all := j.p.Want.OfKind(ref.Kind)
	if len(all) == 0 && j.bootstrap == nil {
		return
	}
	severity := schema.SeverityError
	if len(j.members) == 0 {
		severity = schema.SeverityWarning
	}
	var names []string
	for _, other := range all {
		if other.State != schema.StateAbsent && other.Ref != o.Ref && other.Ref.Project == ref.Project {
			names = append(names, other.Ref.Name)
		}
	}
	found := schema.Problem{
		Severity: severity, Code: schema.CodeReference,
		Summary: fmt.Sprintf("cannot use %s in %s: the preseed has none of that name", j.reg.NameOf(ref),
			j.reg.NameOf(o.Ref)),
		Detail: "It must be in the preseed, or in the cluster, which was not looked at.",
		Hint:   cmp.Or(schema.DidYouMean(ref.Name, names), "add it to "+kind.Plural+":"),
	}
	target, declared := j.p.Want.Get(ref)
	if declared {
		found.Summary = fmt.Sprintf("cannot use %s in %s: it is to be %s", j.reg.NameOf(ref), j.reg.NameOf(o.Ref),
			target.State)
		found.Detail = "What a preseed refers to must be there."
		found.Hint = "use another one, or remove its state: " + string(target.State)
	}
	from := len(j.report.list)
	j.sayAt(j.p.Source.Naming(o.Ref, r), o.Ref, "", found)
	for i := from; i < len(j.report.list) && !declared; i++ {
		j.report.list[i].Names = ref
	}
}
