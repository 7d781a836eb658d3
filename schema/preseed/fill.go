package preseed

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"clusterctl/schema"
)

// filling puts one YAML value into a struct with yaml tags and remembers where each field stands.
// Paths are the yaml names joined by dots: "config.ipv4.address", "devices.root.pool", "groups[0]".
type filling struct {
	*reader
	// title is what the entry is called in messages: "storage pool".
	title string
	// places has every path with its position, "" the entry itself.
	places places
	// secrets are values given by reference, by path; the field itself has a mark. Nil for none.
	secrets map[string]schema.Secret
	// meant are the paths that keys which are reported as unknown were to be: they are not missing beside.
	meant []string
}

// word is one text of the input.
type word struct {
	text string
	at   schema.Position
}

// said returns what a path says as a claim.
func (f *filling) said(path, value string, by strength) claim {
	out := claim{value: value, at: f.where(path), strength: by}.hide(f.secrets[path])
	if i := f.places.find(path); i >= 0 {
		out.words = f.places.list[i].words
	}
	return out
}

func (f *filling) fill(path string, n *node, into reflect.Value) {
	if !f.spend(n.at) {
		return
	}
	if _, known := f.at(path); !known {
		f.stand(path, n.at)
	}
	if f.fillSpecial(path, n, into.Addr().Interface()) || into.Kind() == reflect.String && f.fillReferred(path, n, into) {
		return
	}
	if n.null && into.Kind() != reflect.String {
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		f.fillStruct(path, n, into)
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		f.fill(path, n, into.Elem())
	case reflect.Map:
		f.fillMap(path, n, into)
	case reflect.Slice:
		f.fillSlice(path, n, into)
	default:
		f.fillScalar(path, n, into)
	}
}

// fillSpecial fills a value that has several spellings; it reports whether that is one.
func (f *filling) fillSpecial(path string, n *node, into any) bool {
	switch e := into.(type) {
	case *schema.ConnectionEntry:
		f.fillConnection(path, n, (*way)(e))
	case *schema.Secret:
		f.fillSecret(path, n, e)
	case *schema.MemberConfig:
		f.fillMemberConfig(path, n, e)
	case *schema.FileEntry:
		f.fillFile(path, n, e)
	case *schema.CertificateEntry:
		f.fillCertificate(path, n, e)
	case *schema.TextOrMap:
		f.fillTextOrMap(path, n, e)
	default:
		return false
	}
	return true
}

func (f *filling) fillSlice(path string, n *node, into reflect.Value) {
	if !f.want(path, n, sequence) {
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		below := pathOf(path, i)
		f.stand(below, item.at)
		f.fill(below, item, into.Index(i))
	}
}

func (f *filling) fillScalar(path string, n *node, into reflect.Value) {
	if !f.want(path, n, scalar) {
		return
	}
	if _, mark := schema.SecretName(n.text); mark {
		f.report.errorAt(n.at, schema.Problem{Code: schema.CodeValue, Summary: "cannot use " + path +
			": it looks like a mark of clusterctl's own", Detail: "Such a text stands for a secret inside of plans."})
		return
	}
	switch into.Kind() {
	case reflect.String:
		if !n.null {
			into.SetString(n.text)
		}
		list, _, _ := strings.Cut(path, "[")
		of := f.places.of(list)
		of.words = append(of.words, word{n.text, n.at})
	case reflect.Bool:
		value, ok := readBool(n.text)
		if !ok {
			f.wrongType(path, n, "true or false")
		}
		into.SetBool(value)
	default:
		value, err := strconv.ParseInt(n.text, 10, 64)
		if err != nil {
			f.wrongType(path, n, "a whole number")
		}
		into.SetInt(value)
	}
}

func (f *filling) want(path string, n *node, kind nodeKind) bool {
	if n.kind == kind {
		return true
	}
	f.wrongType(path, n, an(kind.String()))
	return false
}

func (f *filling) wrongType(path string, n *node, wanted string) {
	what := path
	if what == "" {
		what = an(f.title)
	}
	hint := ""
	switch {
	case n.kind == sequence && strings.HasSuffix(wanted, "mapping"):
		hint = "remove the dash, write KEY: VALUE lines"
	case n.kind == mapping && strings.HasSuffix(wanted, "list"):
		hint = "begin each entry with a dash"
	case n.kind == scalar && strings.HasSuffix(wanted, "mapping"):
		hint = "write KEY: VALUE lines below it, indented"
	case n.kind == mapping && strings.HasSuffix(wanted, "text"):
		hint = "write one value, or {env: NAME}, {file: PATH} or {text: FILE}"
	}
	f.report.errorAt(f.where(path), schema.Mistake(schema.CodeType,
		fmt.Sprintf("cannot read %s: it must be %s, and is %s", what, wanted, an(n.kind.String())), "", hint))
}

// fieldsOf returns the index of each field by its yaml name.
func (r *reader) fieldsOf(t reflect.Type) map[string]int {
	if known := r.fields[t]; known != nil {
		return known
	}
	out := map[string]int{}
	r.fields[t] = out
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			out[name] = i
		}
	}
	return out
}

func pathOf(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// readBool reads the spellings of YAML 1.1, which LXD's own parser takes.
func readBool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "y":
		return true, true
	case "false", "no", "off", "n":
		return false, true
	}
	return false, false
}
