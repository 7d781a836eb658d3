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
	return j.p, j.report.asTemplate(j.report.heeding(j.report.list.Sorted()))
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
