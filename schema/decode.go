package schema

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"
)

// Decode reads the input files as one preseed and says everything that is wrong with them. The files may hold
// several documents each, in any order; what a document is follows from what it says, see [document].
//
// The Preseed is as complete as the input allows; it must not be used when the diagnostics have an error.
// The diagnostics are sorted by place. The input is judged for the registry's flavour.
//
// Files that the input names are handed in as attachments. A first call without them says in Preseed.Attachments which
// there are; entries that cannot be known without their file are left out of its result.
func Decode(reg Registry, inputs []Input, files ...Attachment) (Preseed, Diagnostics) {
	d := &decoder{
		attached: newAttachments(files),
		reg:      reg, report: &report{}, validate: newValidator(reg.Flavour()), budget: budgetOf(inputs),
		claims: claims{}, secrets: map[string]Secret{}, found: map[Ref]Position{}, variants: map[Ref]string{},
	}
	for _, in := range inputs {
		d.files = append(d.files, in.Name)
		d.readInput(in)
	}
	d.recognise()
	d.readMembers()
	d.readEntries()
	p := d.assemble()
	c := checker{decoder: d, p: p}
	c.check()
	d.notEmpty(inputs)
	return p, d.report.list.Sorted().Words(reg.Flavour())
}

// decoder carries what one call of Decode has found so far.
type decoder struct {
	reg      Registry
	report   *report
	validate *validator.Validate
	budget   int
	files    []string
	attached *attachments

	documents []*document
	// bootstrap is the one document that bootstraps; nil when there is none.
	bootstrap *document
	// members are in the order in which the files first speak of them.
	members  []*memberDraft
	defaults []memberSource
	entries  []entry

	claims   claims
	secrets  map[string]Secret
	found    map[Ref]Position
	variants map[Ref]string
	settings Settings
}

func (d *decoder) readInput(in Input) {
	for _, root := range parse(in, d.report) {
		if root.kind != mapping {
			d.report.errorAt(root.at, problem{
				code: CodeType, summary: "cannot read this document: it must be a mapping, and is " + an(root.kind.String()),
				hint: "begin with keys such as config:, storage_pools: or members:",
			})
			continue
		}
		d.documents = append(d.documents, &document{root: root, file: in.Name})
	}
}

// notEmpty reports input without any document: lxd init --preseed does nothing with it and says nothing.
func (d *decoder) notEmpty(inputs []Input) {
	if len(d.documents) > 0 || len(d.report.list) > 0 || len(inputs) == 0 {
		return
	}
	d.report.errorAt(Position{File: inputs[0].Name}, problem{
		code: CodeEmpty, summary: "cannot do anything: there is nothing in the input but comments",
		hint: "see clusterctl init for a file to start with",
	})
}

// entry is one object of a document, filled but not merged yet.
type entry struct {
	kind     Kind
	object   Object
	fill     *filling
	document *document
}

// readEntries reads everything but the members, and claims what it says.
func (d *decoder) readEntries() {
	for _, doc := range d.documents {
		for _, p := range doc.root.pairs {
			kind, ok := d.reg.Plural(p.key)
			if !ok || kind.Lifecycle == Membership || p.value.null {
				continue
			}
			d.warnJoin(doc, p)
			d.readSection(doc, kind, p)
		}
	}
	for _, e := range d.entries {
		if variant := e.object.Attrs[e.kind.Variant]; variant != "" {
			if _, said := e.fill.at[e.kind.Variant]; said || d.variants[e.object.Ref] == "" {
				d.variants[e.object.Ref] = variant
			}
		}
	}
	declared := map[Ref]bool{}
	for _, e := range d.entries {
		if ref := e.object.Ref; !declared[ref] {
			declared[ref] = true
			d.found[ref] = e.fill.at[""] // a better place than a member's part that was read before
		}
		d.claimEntry(e)
	}
}

// warnJoin tells that a section of a join document counts here: lxd init leaves it out without a word.
func (d *decoder) warnJoin(doc *document, p pair) {
	if doc.role == joinRole && !p.value.empty() {
		d.report.warningAt(p.at, problem{
			code: CodeJoin, summary: "took " + p.key + " of a join document, which lxd init leaves out",
			detail: "The member's own keys in it go to the server that joins, everything else to the whole cluster.",
			hint:   "move it into the bootstrap document, or remove it",
		})
	}
}

// readSection reads one top-level key: a list of entries, or the one mapping of a singleton.
func (d *decoder) readSection(doc *document, kind Kind, p pair) {
	if kind.Lifecycle == Singleton {
		whole := &node{kind: mapping, at: p.at, pairs: []pair{p}}
		if e, ok := d.readEntry(doc, kind, whole); ok {
			d.entries = append(d.entries, e)
		}
		return
	}
	if p.value.kind != sequence {
		d.report.errorAt(p.at, problem{
			code: CodeType, summary: "cannot read " + p.key + ": it must be a list, and is " + an(p.value.kind.String()),
			hint: "begin each entry with a dash",
		})
		return
	}
	seen := map[string]Position{}
	for _, item := range p.value.items {
		e, ok := d.readEntry(doc, kind, item)
		if !ok {
			continue
		}
		before, twice := seen[identity(e.object)]
		if twice {
			d.report.add(SeverityError, item.at, problem{
				code: CodeDuplicate, summary: "cannot list " + kind.Title + " " + e.object.Ref.Name + " twice",
				detail: "lxd init lets the second one overwrite parts of the first.", hint: "make one entry of both, or rename one",
			}, before)
			continue
		}
		seen[identity(e.object)] = item.at
		d.entries = append(d.entries, e)
	}
}

// identity tells entries apart: by their object, and by the member for those that speak of one member's part.
func identity(o Object) string { return o.Ref.String() + "@" + strings.Join(o.MemberNames(), ",") }

// readEntry fills one entry; ok is false for one without a name, which is reported.
func (d *decoder) readEntry(doc *document, kind Kind, n *node) (entry, bool) {
	value := kind.New()
	fill := newFilling(d.report, kind.Title, n, &d.budget)
	fill.files = d.attached
	fill.fill("", n, reflectOf(value))
	fill.checkTags(d.validate, value)
	e := entry{kind: kind, object: kind.Object(value), fill: fill, document: doc}
	return e, e.object.Ref.Name != ""
}

// memberNamed returns the draft of a member, a new one when the files have not spoken of it yet.
func (d *decoder) memberNamed(name string, at Position) *memberDraft {
	i := slices.IndexFunc(d.members, func(m *memberDraft) bool { return m.name == name })
	if i >= 0 {
		return d.members[i]
	}
	m := &memberDraft{name: name, at: at}
	d.members = append(d.members, m)
	return m
}

// bootstrapName returns who bootstraps: the member that the bootstrap document names, else the first of
// members:.
func (d *decoder) bootstrapName() string {
	if d.bootstrap != nil {
		return d.bootstrap.owner
	}
	for _, m := range d.members {
		if m.listed {
			return m.name
		}
	}
	return ""
}

// assemble makes the normal form of what was claimed.
func (d *decoder) assemble() Preseed {
	p := Preseed{Source: Source{}, Secrets: d.secrets, Files: d.files, Attachments: d.attached.wanted, Settings: d.settings, Bootstrap: d.bootstrapName(), Judged: d.reg.Flavour()}
	for ref, at := range d.found {
		p.Source[SourcePath(ref, "")] = at
	}
	for _, m := range d.members {
		p.Members = append(p.Members, d.member(m))
	}
	p.Want = d.objects(p.Source)
	return p
}

// objects builds an object of each reference from its claims, and notes their places.
func (d *decoder) objects(source Source) Cluster {
	built := map[Ref]Object{}
	for ref := range d.found {
		built[ref] = Object{Ref: ref, Body: Body{Attrs: map[string]string{}, Config: map[string]string{}}}
	}
	for key, claim := range d.claims {
		o := built[key.ref]
		key.put(&o, claim.value)
		built[key.ref] = o
		source[SourcePath(key.ref, key.path())] = claim.at
	}
	whole := NewCluster(Facts{}, slices.Collect(maps.Values(built))...)
	objects := whole.Objects()
	for i, o := range objects {
		if kind, ok := d.reg.Kind(o.Ref.Kind); ok && kind.Refs != nil {
			objects[i].Refs = d.effective(kind.Refs(o), whole)
		}
	}
	return NewCluster(Facts{}, objects...)
}

// budgetOf is how many values may be read: as many as the input can have without aliases, and some more.
func budgetOf(inputs []Input) int {
	budget := 1 << 18
	for _, input := range inputs {
		budget += len(input.Data)
	}
	return budget
}

// effective returns the references with the project that really has the object: a project without the feature of
// its own uses the objects of the default project.
func (d *decoder) effective(refs []Ref, all Cluster) []Ref {
	for i, ref := range refs {
		if own, _ := d.hasOwn(ref, all); !own {
			refs[i].Project = DefaultProject
		}
	}
	slices.SortFunc(refs, Ref.Compare)
	return slices.Compact(refs)
}

// hasOwn reports whether the project of a reference has objects of that kind of its own. said is false when the input
// does not describe the project, so that the default of the feature counts.
func (d *decoder) hasOwn(ref Ref, all Cluster) (own, said bool) {
	kind, _ := d.reg.Kind(ref.Kind)
	if kind.Feature == "" || ref.Project == DefaultProject {
		return true, true
	}
	projects, _ := d.reg.Kind(KindProject)
	o, said := all.Get(Ref{Kind: KindProject, Name: ref.Project})
	value := o.Config[kind.Feature]
	if value == "" {
		rule, _ := projects.Rule("", kind.Feature)
		value = rule.Default
	}
	own, _ = readBool(value)
	return own || value == "1", said
}
