package preseed

import (
	"reflect"
	"regexp"
	"strings"

	"clusterctl/schema"
)

// nodeKind is the shape of a YAML value.
type nodeKind int

const (
	scalar nodeKind = iota
	mapping
	sequence
)

func (k nodeKind) String() string { return [...]string{"text", "mapping", "list"}[k] }

// node is a YAML value with anchors, aliases and merge keys resolved. A plain scalar keeps the text that
// stands in the file: 0755, yes, 1.10 and 1e3 stay what they are, as the daemon stores texts.
type node struct {
	kind nodeKind
	at   schema.Position
	// text is the value of a scalar.
	text string
	// null reports a scalar that is null: nothing at all, null or ~, without quotes.
	null  bool
	pairs []pair
	items []*node
}

// pair is one key of a mapping.
type pair struct {
	key   string
	at    schema.Position
	value *node
}

// empty reports a value that says nothing: null, "", {} or [].
func (n *node) empty() bool {
	return n == nil || len(n.pairs) == 0 && len(n.items) == 0 && (n.kind != scalar || n.null || n.text == "")
}

// The ways to give a value that stands elsewhere.
const (
	byEnv  = "env"
	byFile = "file"
	byText = "text"
)

// reference reads {env: NAME}, {file: PATH} or {text: FILE}; how is empty for anything else.
func reference(n *node) (how, name string) {
	if n.kind != mapping || len(n.pairs) != 1 || n.pairs[0].value.kind != scalar || n.pairs[0].value.text == "" {
		return "", ""
	}
	switch p := n.pairs[0]; p.key {
	case byEnv, byFile, byText:
		return p.key, p.value.text
	}
	return "", ""
}

// secretReference reads {env: NAME} or {file: PATH}.
func secretReference(n *node) (schema.Secret, bool) {
	switch how, name := reference(n); how {
	case byEnv:
		return schema.Secret{Env: name, Pos: n.at}, true
	case byFile:
		return schema.Secret{File: name, Pos: n.at}, true
	}
	return schema.Secret{}, false
}

// referable are the paths of what says nothing of which object there is, and of what kind: it may be a secret.
var referable = regexp.MustCompile(`^(config\.|devices\..*\.|member_config\.|member_config\[\d+\]\.value$|description$)`)

// fillReferred fills a text that is given by reference; it reports whether that is one.
func (f *filling) fillReferred(path string, n *node, into reflect.Value) bool {
	how, name := reference(n)
	secret, hidden := secretReference(n)
	switch {
	case how == byText:
		text, _ := f.contents(path, name, n)
		f.fillScalar(path, &node{at: n.at, text: oneLine(text)}, into)
	case hidden && referable.MatchString(path):
		f.secrets = schema.With(f.secrets, path, secret)
		into.SetString(schema.SecretMark(path))
	case hidden:
		f.report.errorAt(f.where(path), schema.Mistake(schema.CodeSecret, "cannot give "+path+" by {"+how+": ...}",
			"It says what there is to be, and is no secret.", "write the value itself, or {text: FILE}"))
	}
	return how != ""
}

// oneLine returns the contents of a file without the end of its line, if it has one line alone.
func oneLine(text string) string {
	if line := strings.TrimRight(text, "\r\n"); !strings.Contains(line, "\n") {
		return line
	}
	return text
}
