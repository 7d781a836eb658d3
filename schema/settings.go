package schema

import (
	"strings"
)

type settingsEntry struct {
	Version string   `yaml:"version" validate:"omitempty,oneof=1"`
	Prune   []string `yaml:"prune"`
	Protect []string `yaml:"protect"`
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
	for i, name := range e.Prune {
		at := f.where(pathOf("prune", i))
		kind, ok := d.kindNamed(name)
		if !ok || kind.Lifecycle != Simple && kind.Lifecycle != Pending {
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
		if kind.Lifecycle == Simple || kind.Lifecycle == Pending {
			out = append(out, kind.Plural)
		}
	}
	return out
}

func (d *decoder) parseRef(text string) (Ref, bool) {
	return ParseRef(d.reg, text)
}

// ParseRef reads KIND/NAME or KIND/PROJECT/NAME, as flags and the section clusterctl: spell references; the kind by
// its name or its plural.
func ParseRef(reg Registry, text string) (Ref, bool) {
	parts := strings.Split(text, "/")
	kind, ok := reg.Plural(parts[0])
	if !ok {
		kind, ok = reg.Kind(KindName(parts[0]))
	}
	name := parts[len(parts)-1]
	if !ok || name == "" || len(parts) < 2 || len(parts) > 3 || len(parts) == 3 && (kind.Scope != ScopeProject || parts[1] == "") {
		return Ref{}, false
	}
	ref := Ref{Kind: kind.Name, Name: name}
	if kind.Scope == ScopeProject {
		ref.Project = DefaultProject
		if len(parts) == 3 {
			ref.Project = parts[1]
		}
	}
	return ref, true
}
