package preseed

import (
	"reflect"
	"slices"
	"strings"

	"clusterctl/schema"
)

func (f *filling) fillStruct(path string, n *node, into reflect.Value) {
	if !f.want(path, n, mapping) {
		return
	}
	fields := f.fieldsOf(into.Type())
	words := schema.SortedKeys(fields)
	stray := func(p pair) bool { return !slices.Contains(words, p.key) && schema.Meant(p.key, words) == "" }
	pairs := f.below(path, n.pairs, stray, func(p pair) bool {
		i, known := fields[p.key]
		return known && into.Field(i).Kind() == reflect.Map
	})
	for _, p := range pairs {
		below := join(path, p.key)
		i, known := fields[p.key]
		if !known {
			place := an(f.title)
			if path != "" {
				place = path + " of " + place
			}
			f.report.unknown(place, p.key, p.at, words)
			if meant := schema.Meant(p.key, words); meant != "" {
				f.meant = append(f.meant, join(path, meant))
			}
			continue
		}
		f.stand(below, p.at)
		f.fill(below, p.value, into.Field(i))
	}
}

func (f *filling) fillMap(path string, n *node, into reflect.Value) {
	if !f.want(path, n, mapping) {
		return
	}
	into.Set(reflect.MakeMapWithSize(into.Type(), len(n.pairs)))
	value := reflect.New(into.Type().Elem()).Elem()
	ofMaps := value.Kind() == reflect.Map
	pairs := f.below(path, n.pairs, func(p pair) bool { return p.value.kind == scalar && !p.value.null },
		func(pair) bool { return ofMaps })
	for _, p := range pairs {
		below := join(path, p.key)
		if p.value.null { // as with lxd init
			f.report.add(schema.SeverityAdvice, p.at, unsaid(below, ofMaps))
			continue
		}
		f.stand(below, p.at)
		value.SetZero()
		f.fill(below, p.value, value)
		into.SetMapIndex(reflect.ValueOf(p.key), value)
	}
}

// below reports keys that have mappings and nothing below them, and behind them what is stray beside them: that is not
// indented. It returns the other pairs.
func (f *filling) below(path string, pairs []pair, stray, mapped func(pair) bool) []pair {
	var out []pair
	for i := 0; i < len(pairs); i++ {
		p, next := pairs[i], pairs[i+1:]
		if end := slices.IndexFunc(next, func(p pair) bool { return !stray(p) }); end >= 0 {
			next = next[:end]
		}
		if len(next) == 0 || !p.value.null || !mapped(p) {
			out = append(out, p)
			continue
		}
		names := strings.Join(schema.Map(next, func(p pair) string { return p.key }), ", ")
		f.report.errorAt(p.at, schema.Mistake(schema.CodeType, "cannot read "+join(path, p.key)+
			": nothing stands below it, and "+names+" beside it", "", "indent that more than "+p.key))
		i += len(next)
	}
	return out
}

// unsaid is for a key without a value, by which some mean that it goes.
func unsaid(path string, device bool) schema.Problem {
	hint := `to take it away write ""`
	if device {
		hint = "to take it away write {" + schema.DeviceState + ": " + string(schema.StateAbsent) + "}"
	}
	return schema.Mistake(schema.CodeUnsaid, path+" has no value, and says nothing", "What is there stays as it is.",
		hint)
}
