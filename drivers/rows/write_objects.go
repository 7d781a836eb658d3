package rows

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"clusterctl/schema"
)

// object writes one object of a kind, whose tables the database has.
func (w *writing) object(k schema.Kind, o schema.Object) {
	if k.Stored != nil {
		o = k.Stored(o)
	}
	t := k.Tables
	switch {
	case w.err != nil:
	case t.Table == "" && t.Config != "":
		w.exec("DELETE FROM " + name(t.Config)) // what a new server has chosen by itself
		w.config(k, 0, o)
	case t.Table == "":
	case t.Member != "" && k.Lifecycle == schema.Placed && len(o.Members) > 0:
		for _, member := range o.MemberNames() {
			w.row(k, o.OfMember(member), w.node(member))
		}
	case t.Member != "" && len(o.Members) > 0:
		w.row(k, o, w.node(o.MemberNames()[0]))
	default:
		w.row(k, o, 0)
	}
}

// fixedColumn finds in a condition on rows the columns that have a number, or one of several.
var fixedColumn = regexp.MustCompile(`(\w+) (?:= |IN \()(\d+)`)

// row writes a row of the kind's table, and what belongs to it; node is the member that has it, 0 for none.
func (w *writing) row(k schema.Kind, o schema.Object, node int64) {
	t := k.Tables
	row, own := map[string]any{}, o.Ref.Name
	if t.Parent.Table != "" {
		parent, child := k.Split(o.Ref)
		own = child
		if t.Above.Table != "" && node != 0 {
			parent = onNode(parent, node)
		}
		id := w.idOf(t.Parent.Table, w.scoped(t.Parent.Table, o.Ref.Project), parent)
		if id == 0 {
			return // its parent was not seen
		}
		row[t.Parent.From] = id
	}
	row[nameColumn(t)] = own
	if t.Project {
		if row["project_id"] = w.idOf("projects", "", o.Ref.Project); row["project_id"] == int64(0) {
			return
		}
	}
	w.columns(k, o, row, node)
	w.links(k, o, row)
	if w.leadsNowhere(t.Table, row) {
		return
	}
	id := w.put(k, o.Ref, own, row)
	if node != 0 {
		w.note(t.Table, schema.Ref{Project: w.scoped(t.Table, o.Ref.Project), Name: onNode(o.Ref.Name, node)}, id)
	}
	w.config(k, id, o)
	w.parts(k, id, o)
	w.devices(k, id, o)
	w.joins(k, id, o)
}

// columns fills those that the object itself has.
func (w *writing) columns(k schema.Kind, o schema.Object, row map[string]any, node int64) {
	t := k.Tables
	_, placed := w.required[t.Table][t.Member]
	if t.Member != "" && t.Above.Table == "" && (node != 0 || placed) {
		row[t.Member] = max(node, 1)
	}
	for _, fixed := range fixedColumn.FindAllStringSubmatch(t.Where, -1) {
		row[fixed[1]] = fixed[2]
	}
	if t.State {
		row["state"] = max(slices.Index(states, string(o.State)), 0)
	}
	for attr, column := range t.Columns {
		if value, given := o.Attrs[attr]; given && w.layout[t.Table][column] {
			row[column] = numberFor(t.Enums[attr], value)
		}
	}
}

// onNode is what the row of one member is called among those that have the same name.
func onNode(name string, node int64) string { return fmt.Sprintf("%s@%d", name, node) }

// put writes the row itself; those that a server always has are there.
func (w *writing) put(k schema.Kind, ref schema.Ref, own string, row map[string]any) int64 {
	t := k.Tables
	if !slices.Contains(k.Builtin, own) {
		id := w.insert(t.Table, row)
		w.note(t.Table, schema.Ref{Project: w.scoped(t.Table, ref.Project), Name: ref.Name}, id)
		return id
	}
	id := w.idOf(t.Table, w.scoped(t.Table, ref.Project), own)
	if id == 0 {
		id = w.insert(t.Table, row)
		w.note(t.Table, schema.Ref{Project: w.scoped(t.Table, ref.Project), Name: ref.Name}, id)
		return id
	}
	for column, value := range row {
		w.exec("UPDATE "+name(t.Table)+" SET "+name(column)+" = ? WHERE id = ?", value, id)
	}
	if t.Config != "" && t.Owner != "" {
		w.exec("DELETE FROM "+name(t.Config)+" WHERE "+name(t.Owner)+" = ?", id)
	}
	return id
}

// links fills the columns that lead to other tables. A row of a table that no kind has, such as that of an image, is
// made when it is first named; one that is found by something else than its id has that from the row.
func (w *writing) links(k schema.Kind, o schema.Object, row map[string]any) {
	t := k.Tables
	byColumn := map[string]map[string]any{}
	var link schema.Link
	for attr, to := range t.Links {
		if value := o.Attrs[attr]; value != "" {
			link = to
			byColumn[to.From] = schema.With(byColumn[to.From], to.Value, numberFor(t.Enums[attr], value))
		}
	}
	for column, values := range byColumn {
		if link.Key != "id" {
			w.insert(link.Table, schema.With(values, link.Key, row[column]))
			continue
		}
		project := w.scoped(link.Table, o.Ref.Project)
		ref := schema.Ref{Project: project, Name: schema.JSONText(values)}
		id := w.ids[link.Table][ref]
		if id == 0 {
			if project != "" {
				values["project_id"] = w.idOf("projects", "", project)
			}
			if w.layout[link.Table]["architecture"] {
				values["architecture"] = 2
			}
			id = w.insert(link.Table, values)
			w.note(link.Table, ref, id)
		}
		row[column] = id
	}
}

func (w *writing) config(k schema.Kind, id int64, o schema.Object) {
	t := k.Tables
	if t.Config == "" || w.layout[t.Config] == nil {
		return
	}
	put := func(config map[string]string, node any) {
		for key, value := range config {
			row := map[string]any{"key": key, "value": value}
			if t.Owner != "" {
				row[t.Owner] = id
			}
			if t.ConfigByMember {
				row["node_id"] = node
			}
			w.insert(t.Config, row)
		}
	}
	put(o.Config, nil)
	if t.ConfigByMember {
		for member, part := range o.Members {
			put(part.Config, w.node(member))
		}
	}
}

func (w *writing) parts(k schema.Kind, id int64, o schema.Object) {
	t := k.Tables
	if t.Parts == "" || w.layout[t.Parts] == nil {
		return
	}
	for member, part := range o.Members {
		state := max(slices.Index(states, string(part.State)), 0)
		w.insert(t.Parts, map[string]any{t.Owner: id, "node_id": w.node(member), "state": state})
	}
}

func (w *writing) devices(k schema.Kind, id int64, o schema.Object) {
	t := k.Tables
	if t.Devices == "" {
		return
	}
	for _, device := range slices.Sorted(maps.Keys(o.Devices)) {
		kind := numberFor(t.Enums["devices.type"], o.Devices[device]["type"])
		own := w.insert(t.Devices, map[string]any{t.Owner: id, "name": device, "type": kind})
		for key, value := range o.Devices[device] {
			if key != "type" {
				w.insert(t.DevicesConfig, map[string]any{t.DeviceOwner: own, "key": key, "value": value})
			}
		}
	}
}

// joins writes the lists of names that are kept in tables between two others. Rows that a text was made of are not made
// again.
func (w *writing) joins(k schema.Kind, id int64, o schema.Object) {
	for list, join := range k.Tables.Joins {
		if join.Of == "" {
			continue
		}
		names := o.Lists[list]
		if attr, ok := k.Attr(list); ok && attr.JSON {
			names = schema.JSONTexts(o.Attrs[list])
		}
		for i, other := range names {
			item := w.idOf(join.Of, w.scoped(join.Of, o.Ref.Project), other)
			if item == 0 {
				item = w.idOf(join.Of, w.scoped(join.Of, schema.DefaultProject), other) // where the project has none of its own
			}
			if item == 0 {
				continue
			}
			row := map[string]any{join.Owner: id, join.Item: item}
			if join.Order != "" {
				row[join.Order] = i + 1
			}
			w.insert(join.Table, row)
		}
	}
}
