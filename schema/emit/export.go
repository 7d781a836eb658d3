package emit

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"clusterctl/schema"
)

// Export writes a live cluster as a preseed with comments, which plans to no changes. Left out is what nobody has to
// say: the server's own notes, values that are defaults, sources that the server chose, and objects that are not
// finished. A comment names what is not known, such as passwords. members are how the members are reached; whoever is
// not among them gets a comment. Equal clusters give equal bytes.
func Export(reg schema.Registry, live schema.Cluster, members []schema.Member) []byte {
	reg = reg.For(live.Facts.Flavour)
	given, notes := exported(reg, live)
	want, top := schema.NewCluster(live.Facts, given...), yamlMap{}
	for _, o := range live.OfKind("image") {
		notes = append(notes, fmt.Sprintf("%s: where it came from is not known; add file: or server: to bring it into another cluster.", o.Ref))
	}
	for _, u := range live.Facts.Uncovered {
		notes = append(notes, fmt.Sprintf("not here, since no preseed has such things: %s in the database.", u))
	}
	for _, line := range append([]string{
		"This is the whole cluster as clusterctl found it. Planned again it has no changes.",
		fmt.Sprintf("Left out: what %[1]s notes for itself, values that are defaults, and what %[1]s chose by itself and "+
			"would choose again.", reg.Flavour().Product.Title()),
	}, notes...) {
		top = append(top, comment(line))
	}
	for _, p := range encodeTop(reg, want) {
		if kind, ok := reg.Plural(p.key); ok {
			top = append(top, yamlPair{}, comment(kind.Help))
			switch {
			case kind.Name == schema.KindMember:
				p.value = reached(p.value, members)
			case kind.Lifecycle == schema.Running:
				p.value = placed(p.value, want.OfKind(kind.Name))
			}
		}
		top = append(top, p)
	}
	var w yamlWriter
	w.pairs(top, "")
	return w.Bytes()
}

// comment is a pair that is written as a line of its own; the empty one is an empty line.
func comment(text string) yamlPair { return yamlPair{value: yamlPlain("# " + text)} }

// exported returns the live objects as somebody would declare them, in the order of the registry, and in sentences what
// could not be declared.
func exported(reg schema.Registry, live schema.Cluster) ([]schema.Object, []string) {
	objects := make([]schema.Object, 0, live.Len())
	var notes []string
	for _, kind := range reg.All() {
		for _, o := range live.OfKind(kind.Name) {
			if o.State == schema.StatePending || o.State == schema.StateErrored {
				notes = append(notes, fmt.Sprintf("%s is %s and is not here: see clusterctl doctor.", o.Ref, o.State))
				continue
			}
			if kind.Lifecycle == schema.ReadOnly {
				notes = append(notes, fmt.Sprintf("%s is not here: clusterctl does not manage %ss.", o.Ref, kind.Title))
				continue
			}
			if lacking := kind.Lacking(o); lacking != "" {
				notes = append(notes, fmt.Sprintf("%s has no %s any more and is not here.", o.Ref, lacking))
				continue
			}
			declared, left := declare(kind, o)
			for _, text := range left {
				notes = append(notes, fmt.Sprintf("%s: %s", o.Ref, text))
			}
			objects = append(objects, declared)
		}
	}
	for _, s := range live.Facts.Unseen {
		notes = append(notes, "Not seen: "+s.Text+".")
	}
	return withoutAddresses(objects), notes
}

// declare returns an object without what nobody has to say, and what had to be left out of it.
func declare(kind schema.Kind, o schema.Object) (out schema.Object, left []string) {
	out = o
	out.Attrs, out.Lists, out.Members = maps.Clone(o.Attrs), maps.Clone(o.Lists), maps.Clone(o.Members)
	if o.State != schema.StateEvacuated {
		out.State = ""
	}
	for name, value := range o.Attrs {
		if attr, _ := kind.Attr(name); value == attr.Default && name != kind.Variant {
			delete(out.Attrs, name)
		}
	}
	if kind.Lifecycle == schema.Membership && slices.Equal(o.Lists["groups"], []string{"default"}) {
		delete(out.Lists, "groups")
	}
	variant := o.Attrs[kind.Variant]
	out.Config, left = declareConfig(kind, o.Ref.Name, variant, o.Config)
	for name, part := range o.Members {
		config, more := declareConfig(kind, o.Ref.Name, variant, part.Config)
		out.Members[name] = schema.Part{Attrs: part.Attrs, Config: config}
		left = append(left, more...)
	}
	slices.Sort(left)
	return out, slices.Compact(left)
}

func declareConfig(kind schema.Kind, name, variant string, config map[string]string) (out map[string]string,
	left []string) {
	for key := range config {
		switch rule, known := kind.Rule(variant, key); {
		case rule.Volatile:
		case !known:
			left = append(left, key+" is not known to clusterctl; it is not here and stays as it is.")
		case rule.Secret:
			left = append(left, key+" is set; it cannot be read, so it is not here and stays as it is.")
		case schema.HasPassword(config[key]):
			left = append(left, key+" has a password in it, so it is not here and stays as it is.")
		}
	}
	out = kind.Given(name, variant, config)
	maps.DeleteFunc(out, func(_, value string) bool { return schema.HasPassword(value) })
	return out, left
}

// withoutAddresses leaves out the server keys that say a member's address once more.
func withoutAddresses(objects []schema.Object) []schema.Object {
	address := map[string]string{}
	for _, o := range objects {
		if o.Ref.Kind == schema.KindMember {
			address[o.Ref.Name] = o.Attrs["address"]
		}
	}
	for _, o := range objects {
		if o.Ref.Kind != schema.KindServer {
			continue
		}
		for name, part := range o.Members {
			maps.DeleteFunc(part.Config, func(key, value string) bool {
				return key == "cluster.https_address" || key == "core.https_address" && value == address[name]
			})
		}
	}
	return objects
}

// placed adds to the entries of instances where each is now.
func placed(entries any, objects []schema.Object) any {
	list, _ := entries.([]any)
	out := slices.Clone(list)
	for i, o := range objects {
		if entry, ok := out[i].(yamlMap); ok && o.Attrs["target"] == "" && len(o.Members) > 0 {
			note := comment("on " + strings.Join(o.MemberNames(), ", ") + "; target: would keep it there")
			out[i] = slices.Insert(slices.Clone(entry), 1, note)
		}
	}
	return out
}

// reached adds to the entries of members: how each is reached.
func reached(entries any, members []schema.Member) any {
	ways := map[string]schema.Member{}
	for _, m := range members {
		ways[m.Name] = m
	}
	list, _ := entries.([]any)
	out := make([]any, len(list))
	for i, entry := range list {
		e, _ := entry.(yamlMap)
		name, _ := e[0].value.(string)
		m, known := ways[name]
		at := 1 + slices.IndexFunc(e, func(p yamlPair) bool { return p.key == "address" })
		if !known || m.Connection.Default {
			out[i] = slices.Insert(slices.Clone(e), at,
				comment("connection: not given, so it is ssh://root@ the host of the address"))
			continue
		}
		out[i] = slices.Insert(slices.Clone(e), at, encodeConnection(m.Connection)...)
	}
	return out
}

// encodeConnection writes connection:, in the short form where that says everything.
func encodeConnection(c schema.Connection) []yamlPair {
	var way any
	switch {
	case c.Unix != nil:
		way = "unix://" + c.Unix.Socket
	case c.HTTPS != nil:
		way = yamlMap{{"https", encodeFields(*c.HTTPS)}}
	case c.SSH != nil && *c.SSH == schema.SSH{Host: c.SSH.Host, Port: c.SSH.Port, User: c.SSH.User}:
		way = shortSSH(*c.SSH)
	case c.SSH != nil:
		way = yamlMap{{"ssh", encodeFields(*c.SSH)}}
	default:
		return nil
	}
	return []yamlPair{{"connection", way}}
}

// encodeFields writes the fields of a struct that are not empty, by their keys.
func encodeFields(of any) yamlMap {
	out := yamlMap{}
	value := reflect.ValueOf(of)
	for i := range value.NumField() {
		key, field := value.Type().Field(i).Tag.Get("yaml"), value.Field(i)
		switch {
		case key == "" || field.IsZero():
		case field.Kind() == reflect.Bool:
			out = append(out, yamlPair{key, yamlPlain("true")})
		default:
			out = append(out, yamlPair{key, fmt.Sprint(field)})
		}
	}
	return out
}

func shortSSH(s schema.SSH) string {
	text := "ssh://"
	if s.User != "" {
		text += s.User + "@"
	}
	host := s.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if s.Port != 0 {
		host += ":" + strconv.Itoa(s.Port)
	}
	return text + host
}
