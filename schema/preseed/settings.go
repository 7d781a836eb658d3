package preseed

import "clusterctl/schema"

// readSettings judges the section clusterctl: of a document; several documents add up.
func (j *judge) readSettings(s *filled[schema.SettingsEntry]) {
	if s == nil {
		return
	}
	e, f := s.entry, s.fill
	j.checkTags(f, &e)
	j.settings.Service = j.settings.Service.Or(e.Service)
	if j.settings.Service.Or(e.Service) != e.Service.Or(j.settings.Service) {
		j.report.errorAt(f.where("service"), schema.Problem{
			Code: schema.CodeConflict, Summary: "cannot use two commands for the same",
			Detail: "Another file gives another command under clusterctl: service:.", Hint: "leave one of them",
		})
	}
	for i, name := range e.Prune {
		at := f.where(pathOf("prune", i))
		kind, ok := j.kindNamed(name)
		if !ok || !kind.Lifecycle.Removable() {
			j.report.errorAt(at, schema.Problem{
				Code: schema.CodeValue, Summary: "cannot prune " + quote(name),
				Detail: "prune names kinds whose undeclared objects are removed.", Hint: schema.DidYouMean(name, j.prunable()),
			})
			continue
		}
		j.settings.Prune = append(j.settings.Prune, kind.Name)
	}
	for i, text := range e.Protect {
		if _, ok := schema.ParseRef(j.reg, text); !ok {
			j.report.errorAt(f.where(pathOf("protect", i)), schema.Problem{
				Code: schema.CodeValue, Summary: "cannot protect " + quote(text),
				Detail: "protect names objects as KIND/NAME, or KIND/PROJECT/NAME.", Hint: "for example storage_pool/local",
			})
			continue
		}
		j.settings.Protect = append(j.settings.Protect, text)
	}
}

// kindNamed returns the kind of that name or plural.
func (j *judge) kindNamed(name string) (schema.Kind, bool) {
	if kind, ok := j.reg.Plural(name); ok {
		return kind, true
	}
	return j.reg.Kind(schema.KindName(name))
}

func (j *judge) prunable() []string {
	var out []string
	for _, kind := range j.reg.All() {
		if kind.Lifecycle.Removable() {
			out = append(out, kind.Plural)
		}
	}
	return out
}
