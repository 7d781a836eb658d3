package preseed

import (
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
