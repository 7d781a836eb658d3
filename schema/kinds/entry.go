package kinds

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"clusterctl/schema"
)

// entry is what of the entries of a kind is no data.
type entry struct {
	// lists are the keys that have lists of structs.
	lists map[string]list
	// complete adds to the texts of an entry, by key, what follows from others; nil for nothing.
	complete func(said map[string]string)
}

// list is a key of an entry that has a list of structs: its type, and the text of one as the attribute has it.
type list struct {
	items reflect.Type
	text  func(items any) string
}

// newList is a list of structs of type T; form returns it in the one form in which it is compared, and may write into
// what it is given.
func newList[T any](form func(items []T) []T) list {
	return list{reflect.TypeFor[[]T](), func(items any) string { return formText(*items.(*[]T), form) }}
}

// formText is the text of a list in that form: nothing when the entry does not speak of it, "[]" for none.
func formText[T any](items []T, form func(items []T) []T) string {
	if items == nil {
		return ""
	}
	return schema.JSONText(form(append([]T{}, items...)))
}

// each returns the form of a list whose items have one each.
func each[T any](form func(item T) T) func(items []T) []T {
	return func(items []T) []T {
		for i, item := range items {
			items[i] = form(item)
		}
		return items
	}
}

func asIs[T any](items []T) []T { return items }

// typeOf is the type of a key: a list where the rules are about each of its items, else a text but for a few names.
func (e entry) typeOf(key, rules string) reflect.Type {
	switch of, own := e.lists[key]; {
	case own:
		return of.items
	case strings.HasPrefix(rules, "dive"):
		return reflect.TypeFor[[]string]()
	}
	if known := keyTypes[key]; known != nil {
		return known
	}
	return reflect.TypeFor[string]()
}

var keyTypes = map[string]reflect.Type{
	"config": reflect.TypeFor[map[string]string](), "devices": reflect.TypeFor[map[string]map[string]string](),
	"file": reflect.TypeFor[schema.FileEntry](), "certificate": reflect.TypeFor[schema.CertificateEntry](),
	"image": reflect.TypeFor[schema.TextOrMap](),
}

// form returns that of entries with these keys; behind a key stands what its value must be, as the tag
// validate says it.
func (e entry) form(spec schema.Spec, lines []string) schema.Form {
	var keys []string
	var fields []reflect.StructField
	for _, line := range lines {
		key, rules, _ := strings.Cut(line, " ")
		if key == "state" {
			rules = "omitempty,oneof=present absent"
		}
		keys = append(keys, key)
		fields = append(fields, reflect.StructField{Name: strings.ToUpper(key[:1]) + key[1:],
			Type: e.typeOf(key, rules),
			Tag:  reflect.StructTag(fmt.Sprintf("yaml:%q validate:%q", key, rules))})
	}
	of := reflect.StructOf(fields)
	return schema.Form{New: func() any { return reflect.New(of).Interface() },
		Object: func(entry any) schema.Object { return e.object(spec, keys, reflect.ValueOf(entry).Elem()) }}
}

// object returns the normal form of an entry. As with lxd init --preseed an empty text says nothing; what stands under
// a key that names neither the object nor its state is an attribute.
func (e entry) object(spec schema.Spec, keys []string, given reflect.Value) schema.Object {
	o, said := e.read(spec, keys, given)
	if spec.Scope == schema.ScopeProject {
		said["project"] = cmp.Or(said["project"], schema.DefaultProject)
	}
	if e.complete != nil {
		e.complete(said)
	}
	take := func(key string) string { defer delete(said, key); return said[key] }
	o.Ref.Name = take(cmp.Or(spec.NameKey, "name"))
	if spec.ParentKey != "" {
		o.Ref.Name = childName(take(spec.ParentKey), o.Ref.Name)
	}
	o.Ref.Project, o.State = take("project"), schema.State(take("state"))
	if o.State == schema.StatePresent {
		o.State = ""
	}
	target := ""
	if spec.Lifecycle == schema.Placed {
		target = take("target")
	}
	maps.DeleteFunc(said, func(_, text string) bool { return text == "" })
	o.Attrs = said
	return spec.OnTarget(o, target)
}

// read returns what an entry has beside texts, and the texts by key.
func (e entry) read(spec schema.Spec, keys []string, given reflect.Value) (o schema.Object, said map[string]string) {
	o, said = schema.Object{Ref: schema.Ref{Kind: spec.Name}}, map[string]string{}
	o.Config = map[string]string{}
	sets := map[string][]string{}
	for i, key := range keys {
		switch value := given.Field(i).Addr().Interface().(type) {
		case *string:
			said[key] = *value
		case *map[string]string:
			maps.Copy(o.Config, *value)
		case *map[string]map[string]string:
			o.Devices = devices(*value)
		case *[]string:
			if of, own := e.lists[key]; own {
				said[key] = of.text(value)
			} else if _, attr := spec.Attr(key); attr {
				said[key] = formText(*value, asIs)
			} else if *value != nil {
				sets[key] = set(*value)
			}
		case *schema.FileEntry:
			said[key], said["fingerprint"] = value.Path, cmp.Or(said["fingerprint"], value.SHA256)
		case *schema.CertificateEntry:
			said[key] = value.Base64
		case *schema.TextOrMap:
			said[key] = value.Text
			if len(value.Map) > 0 {
				said[key] = schema.JSONText(value.Map)
			}
		default:
			said[key] = e.lists[key].text(value)
		}
	}
	if len(sets) > 0 {
		o.Lists = sets
	}
	return o, said
}

// set returns the items sorted, each once.
func set(items []string) []string { return slices.Compact(slices.Sorted(slices.Values(items))) }

// trimmed takes the blanks around a description, as the server does.
func trimmed(said map[string]string) { said["description"] = strings.TrimSpace(said["description"]) }

// childName is the name of an object that belongs to another one; empty unless both have a name.
func childName(parent, name string) string {
	if parent == "" || name == "" {
		return ""
	}
	return parent + "/" + name
}

// items reads the list of structs that an attribute has.
func items[T any](o schema.Object, attr string) (out []T) {
	_ = json.Unmarshal([]byte(o.Attrs[attr]), &out) // made of these, or empty
	return out
}

// compared gives the list of structs that an attribute has the form in which it is compared: the database has rows,
// each a JSON list that of reads, REST the structs in any order.
func compared[T any](o schema.Object, attr string, of func(row []string) (T, bool), form func([]T) []T) schema.Object {
	var list []T
	for _, text := range schema.JSONTexts(o.Attrs[attr]) {
		if item, ok := of(schema.JSONTexts(text)); ok {
			list = append(list, item)
		}
	}
	if list == nil {
		list = items[T](o, attr)
	}
	if len(list) > 0 {
		o = o.Clone()
		o.Attrs[attr] = schema.JSONText(form(list))
	}
	return o
}

// inNoProject returns a reference to an object of a kind without projects, which that field names.
func inNoProject(field string, kind schema.KindName, name string) schema.Reference {
	return schema.Reference{Field: field, Ref: schema.Ref{Kind: kind, Name: name}}
}

// listed returns references to the objects of a kind without projects in a list.
func listed(list string, kind schema.KindName) func(o schema.Object) []schema.Reference {
	return func(o schema.Object) []schema.Reference {
		return schema.Map(o.Lists[list],
			func(name string) schema.Reference { return inNoProject("lists."+list, kind, name) })
	}
}

// inOwnProject returns a reference to an object in the project of the one whose field names it.
func inOwnProject(field string, kind schema.KindName, o schema.Object, name string) schema.Reference {
	return schema.Reference{Field: field, Ref: schema.Ref{Kind: kind, Project: o.Ref.Project, Name: name}}
}

// named returns references to the objects of a comma separated list in a field, in the object's own project.
func named(field string, kind schema.KindName, o schema.Object, list string) []schema.Reference {
	var refs []schema.Reference
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			refs = append(refs, inOwnProject(field, kind, o, name))
		}
	}
	return refs
}
