package preseed

import "clusterctl/schema"

// readSettings reads the section clusterctl: of a document; several documents add up.
func (d *decoder) readSettings(doc *document) {
	n := doc.root.get("clusterctl")
	if n == nil || n.null {
		return
	}
	var e schema.SettingsEntry
	f := newFilling(d.report, "clusterctl section", n, &d.budget)
	f.fill("", n, reflectOf(&e))
	f.checkTags(d.validate, &e)
	d.settings.Service = d.settings.Service.Or(e.Service)
	if d.settings.Service.Or(e.Service) != e.Service.Or(d.settings.Service) {
		d.report.errorAt(f.where("service"), problem{
			code: schema.CodeConflict, summary: "cannot use two commands for the same",
			detail: "Another file gives another command under clusterctl: service:.", hint: "leave one of them",
		})
	}
	for i, name := range e.Prune {
		at := f.where(pathOf("prune", i))
		kind, ok := d.kindNamed(name)
		if !ok || !kind.Lifecycle.Removable() {
			d.report.errorAt(at, problem{
				code: schema.CodeValue, summary: "cannot prune " + quote(name),
				detail: "prune names kinds whose undeclared objects are removed.", hint: schema.DidYouMean(name, d.prunable()),
			})
			continue
		}
		d.settings.Prune = append(d.settings.Prune, kind.Name)
	}
	for i, text := range e.Protect {
		if _, ok := schema.ParseRef(d.reg, text); !ok {
			d.report.errorAt(f.where(pathOf("protect", i)), problem{
				code: schema.CodeValue, summary: "cannot protect " + quote(text),
				detail: "protect names objects as KIND/NAME, or KIND/PROJECT/NAME.", hint: "for example storage_pool/local",
			})
			continue
		}
		d.settings.Protect = append(d.settings.Protect, text)
	}
}

// kindNamed returns the kind of that name or plural.
func (d *decoder) kindNamed(name string) (schema.Kind, bool) {
	if kind, ok := d.reg.Plural(name); ok {
		return kind, true
	}
	return d.reg.Kind(schema.KindName(name))
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
