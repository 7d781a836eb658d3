package rows

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"clusterctl/schema"
)

// states are the texts of a column state of pools, networks and their parts, by number (lxd 5.0.2,
// lxd/db/storage_pools.go, lxd/db/networks.go).
var states = []string{string(schema.StatePending), string(schema.StateCreated), string(schema.StateErrored)}

// singletonID stands for the id of an object that has no row of its own.
const singletonID = "0"

// kindRows collects the objects of one kind by id.
type kindRows struct {
	*reading
	kind    schema.Kind
	objects map[string]*schema.Object
	// members has the name of the member that has the row, for kinds that say so.
	members map[string]string
	// joined has the names that are joined to a row, by list.
	joined map[string]map[string][]joinedName
}

// addKind adds the terms that the kind's tables call for.
func (r *reading) addKind(s schema.Kind) *kindRows {
	s.Tables = r.tables(s.Tables)
	k := &kindRows{reading: r, kind: s, objects: map[string]*schema.Object{}, members: map[string]string{},
		joined: map[string]map[string][]joinedName{}}
	t := s.Tables
	switch {
	case t.Table == "" && t.Config == "":
		return k // lives nowhere in the database
	case t.Table == "":
		k.objects[singletonID] = &schema.Object{Ref: schema.Ref{Kind: s.Name, Name: schema.ServerName},
			State: schema.StateCreated}
		k.addConfig("'" + singletonID + "'")
		return k
	case len(s.Servers) > 0 && r.layout.missing(t.Table) != "":
		return k // these servers have no such kind
	case r.lacks(s.Name, "", s.Title, t.Table, "id", nameColumn(t)),
		t.Parent.Table != "" && r.lacks(s.Name, "", s.Title, t.Parent.Table, t.Parent.Key, t.Parent.Value):
		return k
	}
	k.addObjects()
	k.addAttrs()
	k.addLinks()
	k.addJoins()
	if t.Config != "" {
		k.addConfig(name(t.Owner))
	}
	if t.Parts != "" {
		k.addParts()
	}
	if t.Devices != "" {
		k.addDevices()
	}
	return k
}

// tables are those of the kind that this database has.
func (r *reading) tables(t schema.Tables) schema.Tables {
	for _, later := range t.Later {
		fits := r.layout.missing(later.Table, slices.Collect(maps.Values(later.Columns))...) == ""
		fits = fits && (later.Config == "" || r.layout.missing(later.Config) == "")
		for _, link := range later.Links {
			fits = fits && r.layout.missing(link.Table, link.Key, link.Value) == ""
		}
		if fits {
			return later
		}
	}
	return t
}

func nameColumn(t schema.Tables) string { return cmp.Or(t.Name, "name") }

// lacks is [reading.lacks] for a field of these objects.
func (k *kindRows) lacks(field, what, table string, columns ...string) bool {
	return k.reading.lacks(k.kind.Name, field, k.kind.Title+" "+what, table, columns...)
}

func (k *kindRows) addObjects() {
	t := k.kind.Tables
	project, state, member, own := "NULL", "NULL", "NULL", "o."+name(nameColumn(t))
	from := name(t.Table) + " o"
	if t.Where != "" {
		from = "(SELECT * FROM " + name(t.Table) + " WHERE " + t.Where + ") o"
	}
	owner := "o"
	if p := t.Parent; p.Table != "" {
		from += " JOIN " + name(p.Table) + " q ON q." + name(p.Key) + " = o." + name(p.From)
		own, owner = "q."+name(p.Value)+" || '/' || "+own, "q"
	}
	if a := t.Above; a.Table != "" {
		from += " JOIN " + name(a.Table) + " r ON r." + name(a.Key) + " = q." + name(a.From)
		own = "r." + name(a.Value) + " || '/' || " + own
	}
	if t.Project {
		owner = "o"
	}
	if k.kind.Scope == schema.ScopeProject &&
		!k.lacks("", "projects", map[string]string{"o": t.Table, "q": t.Parent.Table}[owner], "project_id") {
		project, from = "p.name", from+" LEFT JOIN projects p ON p.id = "+owner+".project_id"
	}
	if t.State && !k.lacks("state", "states", t.Table, "state") {
		state = "o.state"
	}
	if holder := memberRow(t); t.Member != "" && !k.lacks("members", "members", holder, t.Member) {
		member = map[bool]string{true: "o.", false: "q."}[holder == t.Table] + name(t.Member)
	}
	k.add(from, func(row []Cell) {
		o := &schema.Object{Ref: schema.Ref{Kind: k.kind.Name, Project: row[2].String, Name: row[1].String},
			State: schema.StateCreated}
		if row[3].Valid {
			o.State = stateOf(row[3])
		}
		k.objects[row[0].String], k.members[row[0].String] = o, k.names[row[4].String]
	}, "o.id", own, project, state, member)
}

// memberRow is the table that says which member has an object.
func memberRow(t schema.Tables) string {
	if t.Above.Table != "" {
		return t.Parent.Table
	}
	return t.Table
}

func (k *kindRows) addAttrs() {
	t := k.kind.Tables
	for _, attr := range k.kind.Attrs {
		if expression, ok := t.Derived[attr.Name]; ok && !k.lacks("attrs."+attr.Name, attr.Name, t.Table) {
			k.add(name(t.Table)+" o", k.setAttr(attr), "o.id", expression)
		}
		column, ok := t.Columns[attr.Name]
		if !ok || k.lacks("attrs."+attr.Name, attr.Name, t.Table, column) {
			continue
		}
		k.add(name(t.Table)+" WHERE "+name(column)+" != ''", k.setAttr(attr), "id", name(column))
	}
}

// setAttr takes rows of an id and a value.
func (k *kindRows) setAttr(attr schema.Attr) func(row []Cell) {
	var last, value string // many rows have the value of the one before
	return func(row []Cell) {
		if text := row[1].String; text != last {
			last, value = text, word(k.kind.Tables.Enums[attr.Name], text)
			if attr.JSON {
				value = schema.CanonicalJSON([]byte(value))
			}
		}
		if o := k.objects[row[0].String]; o != nil && value != "" && value != "[]" {
			o.Attrs = schema.With(o.Attrs, attr.Name, value)
		}
	}
}

// folded returns the objects, in the order of their ids.
func (k *kindRows) folded() []schema.Object {
	found := schema.Map(schema.SortedKeys(k.objects),
		func(id string) schema.Found { return schema.Found{Object: k.withJoined(id), Member: k.members[id]} })
	return schema.Fold(k.kind, found)
}

func (k *kindRows) addParts() {
	t := k.kind.Tables
	if k.lacks("members", "members", t.Parts, t.Owner, "node_id", "state") {
		return
	}
	k.add(name(t.Parts), func(row []Cell) {
		o, member := k.objects[row[0].String], k.names[row[1].String]
		if o == nil || member == "" {
			return
		}
		part := o.Members[member]
		part.State = stateOf(row[2])
		o.Members = schema.With(o.Members, member, part)
	}, name(t.Owner), "node_id", "state")
}

func stateOf(c Cell) schema.State {
	if i, err := strconv.Atoi(c.String); err == nil && i >= 0 && i < len(states) {
		return schema.State(states[i])
	}
	return schema.StateUnknown
}

// word returns the text of a number, or the number itself when it is not in the list; with no list, the value.
func word(words []string, value string) string {
	if i, err := strconv.Atoi(value); err == nil && i >= 0 && i < len(words) {
		return words[i]
	}
	return value
}
