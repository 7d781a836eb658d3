package schema

import (
	"slices"
	"strings"
)

type settingsEntry struct {
	Version string   `yaml:"version" validate:"omitempty,oneof=1"`
	Prune   []string `yaml:"prune"`
	Protect []string `yaml:"protect"`
	Service Service  `yaml:"service"`
}

// readSettings reads the section clusterctl: of a document; several documents add up.
func (d *decoder) readSettings(doc *document) {
	n := doc.root.get("clusterctl")
	if n == nil || n.null {
		return
	}
	var e settingsEntry
	f := newFilling(d.report, "clusterctl section", n, &d.budget)
	f.fill("", n, reflectOf(&e))
	f.checkTags(d.validate, &e)
	d.settings.Service = d.settings.Service.Or(e.Service)
	if d.settings.Service.Or(e.Service) != e.Service.Or(d.settings.Service) {
		d.report.errorAt(f.where("service"), problem{
			code: CodeConflict, summary: "cannot use two commands for the same",
			detail: "Another file gives another command under clusterctl: service:.", hint: "leave one of them",
		})
	}
	for i, name := range e.Prune {
		at := f.where(pathOf("prune", i))
		kind, ok := d.kindNamed(name)
		if !ok || !kind.Lifecycle.Removable() {
			d.report.errorAt(at, problem{
				code: CodeValue, summary: "cannot prune " + quote(name),
				detail: "prune names kinds whose undeclared objects are removed.", hint: DidYouMean(name, d.prunable()),
			})
			continue
		}
		d.settings.Prune = append(d.settings.Prune, kind.Name)
	}
	for i, text := range e.Protect {
		ref, ok := d.parseRef(text)
		if !ok {
			d.report.errorAt(f.where(pathOf("protect", i)), problem{
				code: CodeValue, summary: "cannot protect " + quote(text),
				detail: "protect names objects as KIND/NAME, or KIND/PROJECT/NAME.", hint: "for example storage_pool/local",
			})
			continue
		}
		d.settings.Protect = append(d.settings.Protect, ref)
	}
}

// kindNamed returns the kind of that name or plural.
func (d *decoder) kindNamed(name string) (Kind, bool) {
	if kind, ok := d.reg.Plural(name); ok {
		return kind, true
	}
	return d.reg.Kind(KindName(name))
}

func (d *decoder) prunable() []string {
	var out []string
	for _, kind := range d.reg.All() {
		if kind.Lifecycle.Removable() {
			out = append(out, kind.Plural)
		}
	}
	return out
}

func (d *decoder) parseRef(text string) (Ref, bool) {
	return ParseRef(d.reg, text)
}

// ParseRef reads KIND/NAME or KIND/PROJECT/NAME, as flags and the section clusterctl: spell references; the kind by
// its name or its plural. A name that includes its parent's is PARENT/NAME.
func ParseRef(reg Registry, text string) (Ref, bool) {
	word, rest, ok := strings.Cut(text, "/")
	kind, known := reg.Plural(word)
	if !known {
		kind, known = reg.Kind(KindName(word))
	}
	parts, length := strings.Split(rest, "/"), 1
	if kind.Parent != "" {
		length = 2
	}
	if !ok || !known || slices.Contains(parts, "") {
		return Ref{}, false
	}
	switch extra := len(parts) - length; {
	case extra == 0 && kind.Scope == ScopeProject:
		return Ref{Kind: kind.Name, Project: DefaultProject, Name: rest}, true
	case extra == 0:
		return Ref{Kind: kind.Name, Name: rest}, true
	case extra == 1 && kind.Scope == ScopeProject:
		return Ref{Kind: kind.Name, Project: parts[0], Name: strings.Join(parts[1:], "/")}, true
	}
	return Ref{}, false
}
