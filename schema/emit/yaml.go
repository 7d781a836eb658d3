package emit

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"clusterctl/schema"
)

// yamlMap is a mapping in the order in which it is written; values are string, yamlPlain, []any or yamlMap. A pair
// without a key is a line as it is, such as a comment.
type yamlMap []yamlPair

type yamlPair struct {
	key   string
	value any
}

// yamlPlain is a scalar that is written as it is, such as true.
type yamlPlain string

// with returns the mapping with one more pair, unless its value is empty.
func (m yamlMap) with(key string, value any) yamlMap {
	switch v := value.(type) {
	case string:
		if v == "" {
			return m
		}
	case []any:
		if len(v) == 0 {
			return m
		}
	case yamlMap:
		if len(v) == 0 {
			return m
		}
	}
	return append(m, yamlPair{key, value})
}

// yamlWriter writes block style with two spaces.
type yamlWriter struct{ bytes.Buffer }

func (w *yamlWriter) pairs(m yamlMap, indent string) {
	for _, p := range m {
		w.pair(p, indent)
		indent = strings.ReplaceAll(indent, "-", " ")
	}
}

func (w *yamlWriter) pair(p yamlPair, indent string) {
	below := strings.ReplaceAll(indent, "-", " ")
	if p.key == "" {
		line, _ := p.value.(yamlPlain) // a comment, or an empty line
		w.WriteString(strings.TrimRight(indent+string(line), " ") + "\n")
		return
	}
	w.WriteString(indent + scalarText(p.key) + ":")
	switch v := p.value.(type) {
	case string:
		w.WriteString(" " + scalarText(v) + "\n")
	case yamlPlain:
		w.WriteString(" " + string(v) + "\n")
	case yamlMap:
		if len(v) == 0 {
			w.WriteString(" {}\n")
			return
		}
		w.WriteString("\n")
		w.pairs(v, below+"  ")
	case []any:
		w.WriteString("\n")
		for _, item := range v {
			if m, ok := item.(yamlMap); ok {
				w.pairs(m, below+"- ")
			} else if text, ok := item.(string); ok {
				w.WriteString(below + "- " + scalarText(text) + "\n")
			}
		}
	}
}

var (
	plainText    = regexp.MustCompile(`^[A-Za-z_/][A-Za-z0-9_./-]*$`)
	reservedText = regexp.MustCompile(`(?i)^(null|true|false|yes|no|on|off|y|n)$`)
)

// scalarText returns a text as YAML: plain where no parser can take it for something else, otherwise in double quotes.
// A JSON text is a YAML one.
func scalarText(text string) string {
	if plainText.MatchString(text) && !reservedText.MatchString(text) {
		return text
	}
	var b bytes.Buffer
	quoted := json.NewEncoder(&b)
	quoted.SetEscapeHTML(false)
	_ = quoted.Encode(text) // a string always encodes, and the buffer takes everything
	return strings.TrimSuffix(b.String(), "\n")
}

func yamlTexts(m map[string]string) yamlMap {
	out := yamlMap{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, yamlPair{key, m[key]})
	}
	return out
}

func yamlList(items []string) []any {
	return schema.Map(items, func(item string) any { return item })
}
