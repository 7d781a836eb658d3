package rows

import (
	"cmp"
	"maps"
	"slices"

	"clusterctl/schema"
)

// joinedName is a name from another table, with its place in the list; the place is -1 in a set.
type joinedName struct {
	name  string
	order int
}

// addLinks adds the attributes that stand in other tables.
func (k *kindRows) addLinks() {
	t := k.kind.Tables
	for _, attr := range k.kind.Attrs {
		link, ok := t.Links[attr.Name]
		if !ok || k.lacks("attrs."+attr.Name, attr.Name, t.Table, link.From) ||
			k.lacks("attrs."+attr.Name, attr.Name, link.Table, link.Key, link.Value) {
			continue
		}
		from := name(t.Table) + " o JOIN " + name(link.Table) + " x ON x." + name(link.Key) + " = o." + name(link.From)
		k.add(from, k.setAttr(attr), "o.id", "x."+name(link.Value))
	}
}

// addJoins adds the lists of names that are kept in tables between two others.
func (k *kindRows) addJoins() {
	for _, list := range slices.Sorted(maps.Keys(k.kind.Tables.Joins)) {
		join := k.kind.Tables.Joins[list]
		if join.Text != nil {
			k.addTexts(list, join)
			continue
		}
		columns := []string{join.Owner, join.Item}
		order := "-1"
		if join.Order != "" {
			order = "j." + name(join.Order)
			columns = append(columns, join.Order)
		}
		if k.lacks("lists."+list, list, join.Table, columns...) || k.lacks("lists."+list, list, join.Of, "id", "name") {
			continue
		}
		k.joined[list] = map[string][]joinedName{}
		k.add(name(join.Table)+" j JOIN "+name(join.Of)+" x ON x.id = j."+name(join.Item), func(row []Cell) {
			id := row[0].String
			k.joined[list][id] = append(k.joined[list][id], joinedName{row[1].String, number(row[2])})
		}, "j."+name(join.Owner), "x.name", order)
	}
}

// addTexts adds a list of what each row of a table says.
func (k *kindRows) addTexts(list string, join schema.Join) {
	if k.lacks("attrs."+list, list, join.Table, join.Owner) {
		return
	}
	k.joined[list] = map[string][]joinedName{}
	text := join.Text(func(table string) bool { return k.layout[table] != nil })
	k.add(name(join.Table)+" j", func(row []Cell) {
		id := row[0].String
		k.joined[list][id] = append(k.joined[list][id], joinedName{row[1].String, -1})
	}, "j."+name(join.Owner), text)
}

// withJoined returns the object of a row with the names that are joined to it: a list in order is an attribute.
func (k *kindRows) withJoined(id string) schema.Object {
	o := *k.objects[id]
	for list, byID := range k.joined {
		joined := byID[id]
		if len(joined) == 0 {
			continue
		}
		slices.SortFunc(joined, func(a, b joinedName) int {
			return cmp.Or(a.order-b.order, cmp.Compare(a.name, b.name))
		})
		names := schema.Map(joined, func(j joinedName) string { return j.name })
		if attr, ok := k.kind.Attr(list); ok && attr.JSON {
			o.Attrs = schema.With(o.Attrs, list, schema.JSONText(names))
		} else {
			o.Lists = schema.With(o.Lists, list, names)
		}
	}
	return o
}
