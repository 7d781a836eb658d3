package preseed

import (
	"reflect"
	"slices"

	"clusterctl/schema"
)

// Entries are input files that have been read: what each entry says, in the struct of its kind, and where. Nothing in
// them depends on the servers, and nothing changes them: [Entries.Judge] may be asked for one flavour after another.
type Entries struct {
	files     []string
	documents []document
	report    *report
	// last reports that nobody asks again, see [Entries.Last].
	last bool
}

// Last returns the entries for the last time that they are judged: they are let go of meanwhile, since they take as
// much memory as what is made of them. Neither these nor the entries that it was called on may be judged afterwards.
func (e *Entries) Last() *Entries {
	last := *e
	last.last = true
	return &last
}

// Excerpt returns the line of that place, without secrets.
func (e *Entries) Excerpt(at schema.Position) string { return e.report.excerpt(at) }

// File is a file of this machine that the input names.
type File struct {
	// Path is the file as seen from the current directory.
	Path string
	// Content is all of it, where that was asked for; SHA256 its checksum in lower-case hex, where not.
	Content []byte
	SHA256  string
	// Fault says why it could not be read; empty when it could. Outside reports that it must not be.
	Fault   string
	Outside bool
}

// Opener reads a file that the input file from names: all of it, or its checksum alone.
type Opener func(from, path string, whole bool) File

// reader carries what one call of Read has found so far.
type reader struct {
	reg    schema.Registry
	report *report
	open   Opener
	opened map[string]File
	// budget bounds the work that aliases of aliases can cause.
	budget int
	// scratch is what the places of the next entry are put in at first.
	scratch []place
	// fields are those of the structs that were filled.
	fields map[reflect.Type]map[string]int
}

// spend takes one value out of the budget; false once there is nothing left.
func (r *reader) spend(at schema.Position) bool {
	r.budget--
	if r.budget == -1 {
		r.report.errorAt(at, schema.Mistake(schema.CodeLimit, "cannot read so many values",
			"Aliases and merge keys may repeat a value without end.", "use fewer aliases"))
	}
	return r.budget >= 0
}

// Read reads the input files as one preseed. They may hold several documents each, in any order. Without open nothing
// is known of the files that they name, and nothing is wrong with them.
func Read(reg schema.Registry, inputs []Input, open Opener) *Entries {
	r := &reader{reg: reg, report: newReport(), open: open, opened: map[string]File{}, budget: budgetOf(inputs),
		fields: map[reflect.Type]map[string]int{}}
	out := &Entries{report: r.report}
	for _, in := range inputs {
		out.files = append(out.files, in.Name)
		for _, root := range r.parse(in) {
			if root.kind != mapping {
				r.report.errorAt(root.at, schema.Mistake(schema.CodeType,
					"cannot read this document: it must be a mapping, and is "+an(root.kind.String()), "",
					"begin with keys such as config:, storage_pools: or members:"))
				continue
			}
			if !r.wrapped(root) {
				if mayBeTemplate(string(in.Data)) {
					(&unfilled{r.report, map[*node]bool{}}).below(root, nil)
				}
				out.documents = append(out.documents, r.document(root))
			}
		}
	}
	if r.budget < 0 {
		out.documents = nil // what is left out would look like a fault
	}
	if len(out.documents) == 0 && len(r.report.list) == 0 && len(inputs) > 0 {
		// lxd init --preseed does nothing with it and says nothing.
		r.report.errorAt(schema.Position{File: inputs[0].Name}, schema.Mistake(schema.CodeEmpty,
			"cannot do anything: there is nothing in the input", "",
			"see clusterctl init for a file to start with"))
	}
	return out
}

// budgetOf is how many values may be read: as many as the input can have without aliases, and some more.
func budgetOf(inputs []Input) int {
	budget := 1 << 18
	for _, input := range inputs {
		budget += len(input.Data)
	}
	return budget
}

// filled is one mapping of the input in the struct of its entry.
type filled[T any] struct {
	entry T
	fill  *filling
}

// section is a top-level key with the entries of a kind: a list, or the one mapping of a singleton.
type section struct {
	topLevel
	kind    schema.KindName
	entries []filled[any]
	// report is what is wrong with it on servers that have the kind.
	report *report
}

// fillEntry fills a struct from a mapping.
func (r *reader) fillEntry(title string, n *node, entry any) *filling {
	f := &filling{reader: r, title: title, places: places{list: r.scratch[:0]}}
	f.stand("", n.at)
	f.fill("", n, reflectOf(entry))
	r.scratch, f.places.list = f.places.list[:0], slices.Clone(f.places.list) // no more than it needs
	return f
}

func (r *reader) document(root *node) document {
	var doc document
	for _, p := range root.pairs {
		doc.keys = append(doc.keys, topLevel{p.key, p.at, p.value.empty()})
		kind, listed := r.reg.Plural(p.key)
		switch {
		case p.value.null:
		case p.key == "cluster":
			doc.cluster = &filled[schema.ClusterEntry]{}
			doc.cluster.fill = r.fillEntry("cluster section", p.value, &doc.cluster.entry)
		case p.key == "clusterctl":
			doc.settings = &filled[schema.SettingsEntry]{}
			doc.settings.fill = r.fillEntry("clusterctl section", p.value, &doc.settings.entry)
		case p.key == "members_defaults":
			doc.defaults = &filled[schema.MemberEntry]{}
			doc.defaults.fill = r.fillEntry("members_defaults section", p.value, &doc.defaults.entry)
		case listed && kind.New != nil:
			doc.sections = append(doc.sections, r.section(kind, p))
		}
	}
	return doc
}

func (r *reader) section(kind schema.Kind, p pair) section {
	out, whole := section{topLevel: topLevel{p.key, p.at, p.value.empty()}, kind: kind.Name, report: newReport()}, r.report
	out.report.lines, r.report = whole.lines, out.report
	defer func() { r.report = whole }()
	items := p.value.items
	switch {
	case kind.Lifecycle == schema.Singleton:
		items = []*node{{kind: mapping, at: p.at, pairs: []pair{p}}}
	case p.value.kind != sequence:
		r.report.errorAt(p.at, schema.Mistake(schema.CodeType,
			"cannot read "+p.key+": it must be a list, and is "+an(p.value.kind.String()), "",
			"begin each entry with a dash, such as - name: NAME"))
	}
	for _, item := range items {
		entry := kind.New()
		out.entries = append(out.entries, filled[any]{entry, r.fillEntry(kind.Title, item, entry)})
	}
	return out
}
