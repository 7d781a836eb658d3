package preseed

import (
	"maps"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"

	"clusterctl/schema"
)

// Decode reads the input files as one preseed and says everything that is wrong with them. The files may hold
// several documents each, in any order; what a document is follows from what it says, see [document].
//
// The Preseed is as complete as the input allows; it must not be used when the diagnostics have an error.
// The diagnostics are sorted by place. The input is judged for the registry's flavour.
//
// Files that the input names are handed in as attachments. A first call without them says in Preseed.Attachments which
// there are; entries that cannot be known without their file are left out of its result.
func Decode(reg schema.Registry, inputs []Input, files ...schema.Attachment) (schema.Preseed, schema.Diagnostics) {
	d := &decoder{
		attached: newAttachments(files),
		reg:      reg, report: &report{}, validate: newValidator(reg.Flavour()), budget: budgetOf(inputs),
		claims: claims{}, secrets: map[string]schema.Secret{}, found: map[schema.Ref]schema.Position{}, variants: map[schema.Ref]string{},
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
	reg      schema.Registry
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
	secrets  map[string]schema.Secret
	found    map[schema.Ref]schema.Position
	variants map[schema.Ref]string
	settings schema.Settings
}

func (d *decoder) readInput(in Input) {
	for _, root := range parse(in, d.report) {
		if root.kind != mapping {
			d.report.errorAt(root.at, problem{
				code: schema.CodeType, summary: "cannot read this document: it must be a mapping, and is " + an(root.kind.String()),
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
	d.report.errorAt(schema.Position{File: inputs[0].Name}, problem{
		code: schema.CodeEmpty, summary: "cannot do anything: there is nothing in the input but comments",
		hint: "see clusterctl init for a file to start with",
	})
}

// entry is one object of a document, filled but not merged yet.
type entry struct {
	kind     schema.Kind
	object   schema.Object
	fill     *filling
	document *document
}

// readEntries reads everything but the members, and claims what it says.
func (d *decoder) readEntries() {
	for _, doc := range d.documents {
		for _, p := range doc.root.pairs {
			kind, ok := d.reg.Plural(p.key)
			if !ok || !kind.Servers.In(d.reg.Flavour()) || kind.Lifecycle == schema.Membership || p.value.null {
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
	declared := map[schema.Ref]bool{}
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
			code: schema.CodeJoin, summary: "took " + p.key + " of a join document, which lxd init leaves out",
			detail: "The member's own keys in it go to the server that joins, everything else to the whole cluster.",
			hint:   "move it into the bootstrap document, or remove it",
		})
	}
}

// readSection reads one top-level key: a list of entries, or the one mapping of a singleton.
func (d *decoder) readSection(doc *document, kind schema.Kind, p pair) {
	if kind.Lifecycle == schema.Singleton {
		whole := &node{kind: mapping, at: p.at, pairs: []pair{p}}
		if e, ok := d.readEntry(doc, kind, whole); ok {
			d.entries = append(d.entries, e)
		}
		return
	}
	if p.value.kind != sequence {
		d.report.errorAt(p.at, problem{
			code: schema.CodeType, summary: "cannot read " + p.key + ": it must be a list, and is " + an(p.value.kind.String()),
			hint: "begin each entry with a dash",
		})
		return
	}
	seen := map[string]schema.Position{}
	for _, item := range p.value.items {
		e, ok := d.readEntry(doc, kind, item)
		if !ok {
			continue
		}
		before, twice := seen[identity(e.object)]
		if twice {
			d.report.add(schema.SeverityError, item.at, problem{
				code: schema.CodeDuplicate, summary: "cannot list " + kind.Title + " " + e.object.Ref.Name + " twice",
				detail: "lxd init lets the second one overwrite parts of the first.", hint: "make one entry of both, or rename one",
			}, before)
			continue
		}
		seen[identity(e.object)] = item.at
		d.entries = append(d.entries, e)
	}
}

// identity tells entries apart: by their object, and by the member for those that speak of one member's part.
func identity(o schema.Object) string {
	return o.Ref.String() + "@" + strings.Join(o.MemberNames(), ",")
}

// readEntry fills one entry; ok is false for one without a name, which is reported.
func (d *decoder) readEntry(doc *document, kind schema.Kind, n *node) (entry, bool) {
	value := kind.New()
	fill := newFilling(d.report, kind.Title, n, &d.budget)
	fill.files = d.attached
	fill.fill("", n, reflectOf(value))
	fill.checkTags(d.validate, value)
	e := entry{kind: kind, object: kind.Object(value), fill: fill, document: doc}
	return e, e.object.Ref.Name != ""
}

// memberNamed returns the draft of a member, a new one when the files have not spoken of it yet.
func (d *decoder) memberNamed(name string, at schema.Position) *memberDraft {
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
func (d *decoder) assemble() schema.Preseed {
	p := schema.Preseed{Source: schema.Source{}, Secrets: d.secrets, Files: d.files, Attachments: d.attached.wanted, Settings: d.settings, Bootstrap: d.bootstrapName(), Judged: d.reg.Flavour()}
	for ref, at := range d.found {
		p.Source[schema.SourcePath(ref, "")] = at
	}
	for _, m := range d.members {
		p.Members = append(p.Members, d.member(m))
	}
	p.Want = d.objects(p.Source)
	return p
}

// objects builds an object of each reference from its claims, and notes their places.
func (d *decoder) objects(source schema.Source) schema.Cluster {
	built := map[schema.Ref]schema.Object{}
	for ref := range d.found {
		built[ref] = schema.Object{Ref: ref, Body: schema.Body{Attrs: map[string]string{}, Config: map[string]string{}}}
	}
	said := make(map[string]claim, len(d.claims))
	for key, claim := range d.claims {
		o, path := built[key.ref], schema.SourcePath(key.ref, key.path())
		key.put(&o, claim.value)
		built[key.ref] = o
		source[path], said[path] = claim.at, claim
	}
	whole := schema.NewCluster(schema.Facts{}, slices.Collect(maps.Values(built))...)
	objects := whole.Objects()
	for i, o := range objects {
		kind, _ := d.reg.Kind(o.Ref.Kind)
		for _, r := range kind.References(o) {
			if c, ok := said[schema.SourcePath(o.Ref, r.Field)]; ok {
				source[schema.NamingPath(o.Ref, r)] = d.report.naming(c, r.Ref.Name)
			}
			objects[i].Refs = append(objects[i].Refs, d.effective(r.Ref, whole))
		}
		slices.SortFunc(objects[i].Refs, schema.Ref.Compare)
		objects[i].Refs = slices.Compact(objects[i].Refs)
	}
	return schema.NewCluster(schema.Facts{}, objects...)
}

// budgetOf is how many values may be read: as many as the input can have without aliases, and some more.
func budgetOf(inputs []Input) int {
	budget := 1 << 18
	for _, input := range inputs {
		budget += len(input.Data)
	}
	return budget
}

// effective returns the reference with the project that really has the object: a project without the feature of its own
// uses the objects of the default project.
func (d *decoder) effective(ref schema.Ref, all schema.Cluster) schema.Ref {
	if own, _ := d.hasOwn(ref, all); !own {
		ref.Project = schema.DefaultProject
	}
	return ref
}

// hasOwn reports whether the project of a reference has objects of that kind of its own. said is false when the input
// does not describe the project, so that the default of the feature counts.
func (d *decoder) hasOwn(ref schema.Ref, all schema.Cluster) (own, said bool) {
	kind, _ := d.reg.Kind(ref.Kind)
	if kind.Feature == "" || ref.Project == schema.DefaultProject {
		return true, true
	}
	projects, _ := d.reg.Kind(schema.KindProject)
	o, said := all.Get(schema.Ref{Kind: schema.KindProject, Name: ref.Project})
	value := o.Config[kind.Feature]
	if value == "" {
		rule, _ := projects.Rule("", kind.Feature)
		value = rule.Default
	}
	own, _ = readBool(value)
	return own || value == "1", said
}
