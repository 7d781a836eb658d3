package preseed

import (
	"slices"
	"strings"

	"clusterctl/schema"
)

// assemble makes the normal form of what was claimed.
func (j *judge) assemble() {
	j.p = schema.Preseed{Source: make(schema.Source, len(j.claims.all)), Secrets: j.secrets, Settings: j.settings,
		Bootstrap: j.bootstrapName(),
		Judged:    j.reg.Flavour()}
	for _, m := range j.members {
		j.p.Members = append(j.p.Members, j.member(m))
	}
	j.p.Want = j.objects(j.p.Source)
}

// objects builds an object of each reference from its claims, and notes their places.
func (j *judge) objects(source schema.Source) schema.Cluster {
	objects := make([]schema.Object, 0, len(j.claims.all))
	var projects []schema.Object
	var kind schema.Kind
	for _, of := range j.claims.all {
		o := schema.Object{Ref: of.ref, Body: schema.Body{Attrs: map[string]string{}, Config: map[string]string{}}}
		for _, f := range of.fields {
			f.key(of.ref).put(&o, f.value)
		}
		if kind.Name != of.ref.Kind {
			kind, _ = j.reg.Kind(of.ref.Kind)
		}
		references := kind.References(o)
		source[of.ref] = j.places(of, references)
		of.fields = nil // they take as much memory as what is made of them
		o.Refs = schema.Map(references, func(r schema.Reference) schema.Ref { return r.Ref })
		objects = append(objects, o)
		if kind.Name == schema.KindProject {
			projects = append(projects, o)
		}
	}
	j.claims = claims{}
	known := schema.NewCluster(schema.Facts{}, projects...)
	for i := range objects {
		refs := objects[i].Refs
		for n, ref := range refs {
			refs[n] = j.effective(ref, known)
		}
		slices.SortFunc(refs, schema.Ref.Compare)
		objects[i].Refs = slices.Compact(refs)
	}
	return schema.NewCluster(schema.Facts{}, objects...)
}

// places notes where the input says what of an object, and names others.
func (j *judge) places(of *claimed, references []schema.Reference) []schema.Place {
	out := make([]schema.Place, 1, 1+len(of.fields)+len(references))
	out[0].At = of.at
	for _, f := range of.fields {
		out = append(out, schema.Place{Field: j.fieldPath(f.key(of.ref)), At: f.at})
	}
	for _, r := range references {
		for n, f := range of.fields {
			if out[1+n].Field == r.Field {
				out = append(out, schema.Place{Field: schema.NamingField(r), At: j.report.naming(f.claim, r.Ref.Name)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b schema.Place) int { return strings.Compare(a.Field, b.Field) })
	return out
}

// fieldPath returns the path of a field; many objects have the same ones.
func (j *judge) fieldPath(key claimKey) string {
	key.ref = schema.Ref{}
	path, known := j.paths[key]
	if !known {
		path = key.path()
		j.paths[key] = path
	}
	return path
}

// effective returns the reference with the project that really has the object: a project without the feature of its own
// uses the objects of the default project.
func (j *judge) effective(ref schema.Ref, all schema.Cluster) schema.Ref {
	if own, _ := j.hasOwn(ref, all); !own {
		ref.Project = schema.DefaultProject
	}
	return ref
}

// hasOwn reports whether the project of a reference has objects of that kind of its own. said is false when the input
// does not describe the project, so that the default of the feature counts.
func (j *judge) hasOwn(ref schema.Ref, all schema.Cluster) (own, said bool) {
	if ref.Project == "" || ref.Project == schema.DefaultProject {
		return true, true
	}
	kind, _ := j.reg.Kind(ref.Kind)
	if kind.LaterFeature != "" && j.assumed() {
		return true, false // it depends on the servers
	}
	if kind.Feature == "" {
		return true, true
	}
	projects, _ := j.reg.Kind(schema.KindProject)
	o, said := all.Get(schema.Ref{Kind: schema.KindProject, Name: ref.Project})
	value := o.Config[kind.Feature]
	if value == "" {
		rule, _ := projects.Rule("", kind.Feature)
		value = rule.Default
	}
	own, _ = readBool(value)
	return own || value == "1", said
}
