package preseed

import (
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"

	"clusterctl/schema"
)

// Decode reads and judges in one, without the files that the input names.
func Decode(reg schema.Registry, inputs []Input) (schema.Preseed, schema.Diagnostics) {
	return Read(reg, inputs, nil).Judge(reg)
}

// Judge makes one preseed of the entries and says everything that is wrong with them, for servers of the registry's
// flavour. What a document is follows from what it says, see [document].
//
// The Preseed is as complete as the input allows; it must not be used when the diagnostics have an error.
// The diagnostics are sorted by place.
func (e *Entries) Judge(reg schema.Registry) (schema.Preseed, schema.Diagnostics) {
	j := &judge{last: e.last, reg: reg, product: reg.Flavour().Product, report: e.report.clone(),
		validate: newValidator(reg.Flavour()), documents: slices.Clone(e.documents), named: map[string]*memberDraft{},
		claims:  claims{of: make(map[schema.Ref]*claimed, e.count())},
		secrets: map[string]schema.Secret{}, paths: map[claimKey]string{}}
	j.recognise()
	j.readMembers()
	j.readEntries()
	j.assemble()
	j.p.Files = e.files
	j.check()
	j.report.checkIgnoring()
	j.p.Assumed = j.leant || reg.Assumed() && len(j.report.list) > 0
	return j.p, asTemplate(j.report.heeding(j.report.list.Sorted()))
}

// count is how many entries there are.
func (e *Entries) count() (n int) {
	for _, doc := range e.documents {
		for _, s := range doc.sections {
			n += len(s.entries)
		}
	}
	return n
}

// judge carries what one call of Judge has found so far.
type judge struct {
	// last reports that entries can be let go of, see [Entries.Last].
	last bool
	reg  schema.Registry
	// leant reports that something was taken as right because nobody had said what the servers run.
	leant    bool
	product  schema.Product
	report   *report
	validate *validator.Validate

	documents []document
	// bootstrap is the one document that bootstraps; nil when there is none.
	bootstrap *document
	// unclustered is where enabled: false stands.
	unclustered []schema.Position
	// members are in the order in which the files first speak of them.
	members  []*memberDraft
	named    map[string]*memberDraft
	defaults []memberSource
	entries  []entry

	claims   claims
	secrets  map[string]schema.Secret
	paths    map[claimKey]string
	settings schema.Settings
	// p is what all that makes.
	p schema.Preseed
}

// entry is one object of a document, not merged with what others say of it.
type entry struct {
	kind     *schema.Kind
	object   schema.Object
	fill     *filling
	document *document
}

// sections calls do for every section of a document that the servers have.
func (j *judge) sections(doc *document, do func(schema.Kind, section)) {
	for _, s := range doc.sections {
		if kind, _ := j.reg.Kind(s.kind); j.has(kind) {
			do(kind, s)
		}
	}
}

// assumed reports that nobody has said what the servers run, and that this makes a difference here.
func (j *judge) assumed() bool {
	j.leant = j.leant || j.reg.Assumed()
	return j.reg.Assumed()
}

// has reports that the servers have objects of the kind, or may.
func (j *judge) has(kind schema.Kind) bool { return kind.Servers.In(j.reg.Flavour()) || j.assumed() }

// readEntries judges everything but the members, and claims what it says.
func (j *judge) readEntries() {
	for i := range j.documents {
		doc := &j.documents[i]
		j.sections(doc, func(kind schema.Kind, s section) {
			if kind.Lifecycle != schema.Membership {
				j.warnJoin(doc, s.topLevel)
				j.readSection(doc, kind, s)
			}
		})
	}
	for _, e := range j.entries {
		of := j.claims.about(e.object.Ref, e.fill.place())
		if variant := e.object.Attrs[e.kind.Variant]; variant != "" {
			if _, said := e.fill.at(e.kind.Variant); said || of.variant == "" {
				of.variant = variant
			}
		}
		if !of.declared {
			of.declared, of.at = true, e.fill.place() // a better place than a member's part that was read before
		}
	}
	for i, e := range j.entries {
		j.claimEntry(e)
		j.entries[i] = entry{} // what is claimed takes its place
	}
	j.entries = nil
}

// warnJoin tells that a section of a join document counts here: lxd init leaves it out without a word.
func (j *judge) warnJoin(doc *document, p topLevel) {
	if doc.role == joinRole && !p.empty {
		j.report.warningAt(p.at, schema.Mistake(schema.CodeJoin,
			"took "+p.key+" of a join document, which "+j.product.Admin()+" init leaves out",
			"The member's own keys in it go to the server that joins, everything else to the whole cluster.",
			"move it into the bootstrap document, or remove it"))
	}
}

// readSection judges the entries of a section one by one.
func (j *judge) readSection(doc *document, kind schema.Kind, s section) {
	seen := make(map[identity]schema.Position, len(s.entries))
	j.entries = slices.Grow(j.entries, len(s.entries))
	for i, item := range s.entries {
		if j.last {
			s.entries[i] = filled[any]{}
		}
		j.checkTags(item.fill, item.entry)
		e := entry{kind: &kind, object: kind.Object(item.entry), fill: item.fill, document: doc}
		if e.object.Ref.Name == "" {
			continue // reported by its tags
		}
		own := identity{e.object.Ref, strings.Join(e.object.MemberNames(), ",")}
		if before, twice := seen[own]; twice {
			j.report.add(schema.SeverityError, e.fill.place(), schema.Problem{
				Code: schema.CodeDuplicate, Summary: "cannot list " + kind.Title + " " + e.object.Ref.Name + " twice",
				Detail: j.product.Admin() + " init lets the second one overwrite parts of the first.",
				Hint:   "make one entry of both, or rename one",
			}, before)
			continue
		}
		seen[own] = e.fill.place()
		j.entries = append(j.entries, e)
	}
}

// identity tells entries apart: by their object, and by the member for those that speak of one member's part.
type identity struct {
	ref     schema.Ref
	members string
}

// memberNamed returns the draft of a member, a new one when the files have not spoken of it yet.
func (j *judge) memberNamed(name string, at schema.Position) *memberDraft {
	if j.named[name] == nil {
		j.named[name] = &memberDraft{name: name, at: at}
		j.members = append(j.members, j.named[name])
	}
	return j.named[name]
}

// bootstrapName returns who bootstraps: the member that the bootstrap document names, else the first of members:.
func (j *judge) bootstrapName() string {
	if j.bootstrap != nil {
		return j.bootstrap.owner
	}
	for _, m := range j.members {
		if m.listed {
			return m.name
		}
	}
	return ""
}

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
