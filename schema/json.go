package schema

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// CanonicalJSON returns the one text that stands for a JSON value: keys sorted, no white space, and without fields
// that are empty (null, "", 0, [] or {}), which LXD fills in or leaves out as it likes. An empty list as a whole is
// "[]"; null and what is no JSON are "".
func CanonicalJSON(text []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil || value == nil {
		return ""
	}
	return encodeJSON(withoutEmpty(value))
}

// ReadData reads a file of our own: JSON, with lines of comments, which begin with "//". It panics on a mistake in it,
// which a test finds.
func ReadData(name string, text []byte, into any) {
	var data bytes.Buffer
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte("//")) {
			data.Write(line)
		}
	}
	decoder := json.NewDecoder(&data)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		panic("schema: reading " + name + ": " + err.Error())
	}
}

// JSONText is CanonicalJSON of a value that can be encoded.
func JSONText(value any) string {
	if text, ok := wordsText(value); ok {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		panic("schema: encoding a value of ours: " + err.Error())
	}
	return CanonicalJSON(text)
}

// wordsText is JSONText of words without special characters, which nearly all texts have: encoding takes its time.
func wordsText(value any) (text string, ok bool) {
	ok = true
	quoted := func(word string) string {
		ok = ok && word != "" && !strings.ContainsFunc(word, func(c rune) bool {
			return c < ' ' || c > '~' || c == '"' || c == '\\'
		})
		return `"` + word + `"`
	}
	switch v := value.(type) {
	case []string:
		text = "[" + strings.Join(Map(v, quoted), ",") + "]"
		return text, ok && len(v) > 0
	case map[string]string:
		fields := Map(SortedKeys(v), func(name string) string { return quoted(name) + ":" + quoted(v[name]) })
		text = "{" + strings.Join(fields, ",") + "}"
		return text, ok && len(v) > 0
	}
	return "", false
}

func encodeJSON(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // it was decoded from JSON, and the buffer takes everything
	return strings.TrimSuffix(b.String(), "\n")
}

// withoutEmpty drops empty fields and items at every level below the value.
func withoutEmpty(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, field := range v {
			if field = withoutEmpty(field); !emptyJSON(field) {
				out[name] = field
			}
		}
		return out
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = withoutEmpty(out[i])
		}
		return slices.DeleteFunc(out, emptyJSON)
	}
	return value
}

func emptyJSON(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case json.Number:
		return v == "0"
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// JSONTexts returns the items of a JSON list of texts; none for anything else.
func JSONTexts(text string) []string {
	if words, ok := strings.CutPrefix(text, `["`); ok && !strings.Contains(text, `\`) {
		out := strings.Split(strings.TrimSuffix(words, `"]`), `","`)
		if strings.HasSuffix(words, `"]`) && strings.Count(text, `"`) == 2*len(out) {
			return out
		}
	}
	var out []string
	_ = json.Unmarshal([]byte(text), &out) // a text of CanonicalJSON, or none
	return out
}

// JSONField returns a text field of a JSON object; empty for anything else.
func JSONField(text, name string) string {
	var fields map[string]any
	_ = json.Unmarshal([]byte(text), &fields) // a text of CanonicalJSON, or none
	value, _ := fields[name].(string)
	return value
}

// JSONNames returns the names of the fields of a JSON object, sorted; none for anything else.
func JSONNames(text string) []string {
	var fields map[string]any
	_ = json.Unmarshal([]byte(text), &fields) // a text of CanonicalJSON, or none
	return SortedKeys(fields)
}
