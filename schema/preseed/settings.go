package preseed

import (
	"strings"

	"clusterctl/schema"
)

// readSettings judges the section clusterctl: of a document; several documents add up.
func (j *judge) readSettings(s *filled[schema.SettingsEntry]) {
	if s == nil {
		return
	}
	e, f := s.entry, s.fill
	j.checkTags(f, &e)
	j.readServer(f.where("server"), e.Server)
	for _, command := range []string{e.Service.Stop, e.Service.Start, e.Service.Restart, e.Service.Upgrade} {
		if strings.ContainsAny(command, "\n\r\x00") {
			j.report.errorAt(f.where("service"), schema.Mistake(schema.CodeValue,
				"cannot use a command of more than one line under clusterctl: service:", "",
				"write it on one line with ; or &&, or put it into a script on the members"))
		}
	}
	j.settings.Service = j.settings.Service.Or(e.Service)
	if j.settings.Service.Or(e.Service) != e.Service.Or(j.settings.Service) {
		j.report.errorAt(f.where("service"), schema.Mistake(schema.CodeConflict, "cannot use two commands for the same",
			"Another file gives another command under clusterctl: service:.", "leave one of them"))
	}
	for i, name := range e.Prune {
		at := f.where(pathOf("prune", i))
		kind, ok := j.kindNamed(name)
		if !ok || !kind.Lifecycle.Removable() {
			j.report.errorAt(at, schema.Mistake(schema.CodeValue, "cannot prune "+quote(name),
				"prune names kinds whose undeclared objects are removed.", schema.DidYouMean(name, j.reg.Removable())))
			continue
		}
		j.settings.Prune = append(j.settings.Prune, kind.Name)
	}
	for i, text := range e.Protect {
		if _, ok := schema.ParseRef(j.reg, text); !ok {
			j.report.errorAt(f.where(pathOf("protect", i)), schema.Mistake(schema.CodeValue, "cannot protect "+quote(text),
				"protect names objects as KIND/NAME, or KIND/PROJECT/NAME.", "for example storage_pool/local"))
			continue
		}
		j.settings.Protect = append(j.settings.Protect, text)
	}
}

// readServer judges what the file says of the servers.
func (j *judge) readServer(at schema.Position, text string) {
	server, known := schema.ParseServer(text)
	switch before := j.settings.Server; {
	case text == "":
	case !known:
		j.report.errorAt(at, schema.Mistake(schema.CodeValue, "cannot judge for "+quote(text), schema.KnownServers(),
			"write lxd-VERSION or incus-VERSION"))
	case before.Product != "" && before != server:
		j.report.errorAt(at, schema.Mistake(schema.CodeConflict, "cannot judge for two servers",
			"Another file says "+before.Title()+" under clusterctl: server:.", "leave one of them"))
	default:
		j.settings.Server = server
		_, version, _ := strings.Cut(text, "-")
		judged := j.reg.Flavour()
		if j.reg.Assumed() || server.Product == judged.Product && strings.HasPrefix(judged.Version+".", version+".") {
			return
		}
		j.report.warningAt(at, schema.Mistake(schema.CodeNotSupported,
			"the preseed is for "+text+", and was judged for "+judged.Title(), "", "write what the members run"))
	}
}

// Server is what the input says that the members run; unknown when it does not, or not rightly.
func (e *Entries) Server() schema.Flavour {
	for _, doc := range e.documents {
		if doc.settings != nil {
			if server, ok := schema.ParseServer(doc.settings.entry.Server); ok {
				return server
			}
		}
	}
	return schema.Flavour{}
}

// kindNamed returns the kind of that name or plural.
func (j *judge) kindNamed(name string) (schema.Kind, bool) {
	if kind, ok := j.reg.Plural(name); ok {
		return kind, true
	}
	return j.reg.Kind(schema.KindName(name))
}
