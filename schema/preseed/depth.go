package preseed

import (
	"bytes"

	"github.com/goccy/go-yaml/token"

	"clusterctl/schema"
)

const (
	// deepest is how deep values may be nested; a preseed needs a dozen levels. The parser takes memory with the square
	// of the depth.
	deepest = 100
	// mostOpen is how many more brackets a file may open than it closes. Not all of them nest values: some are in texts.
	mostOpen = 10_000
)

// deepLine returns the first line where values are nested too deep, by its indentation and dashes, or by far too many
// open brackets; 0 when there is none. It takes no memory, whatever the input.
func deepLine(data []byte) int {
	var columns []int
	number, open, most := 0, 0, 0
	for line := range bytes.Lines(data) {
		number++
		column := 0
		for ; column < len(line); column++ {
			if entry := bytes.HasPrefix(line[column:], []byte("- ")); entry {
				columns = append(left(columns, column), column)
			} else if line[column] != ' ' {
				break
			}
		}
		if rest := line[column:]; len(bytes.TrimSpace(rest)) > 0 {
			columns = append(left(columns, column), column)
			for _, c := range rest {
				switch c {
				case '[', '{':
					open++
				case ']', '}':
					open--
				}
				most = max(most, open)
			}
		}
		if len(columns) > deepest || most > mostOpen {
			return number
		}
	}
	return 0
}

// left returns the columns that are left of one.
func left(columns []int, column int) []int {
	for len(columns) > 0 && columns[len(columns)-1] >= column {
		columns = columns[:len(columns)-1]
	}
	return columns
}

// deepToken returns the first bracket that is nested too deep; nil when there is none.
func deepToken(tokens token.Tokens) *token.Token {
	depth := 0
	for _, tk := range tokens {
		switch tk.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
		if depth > deepest {
			return tk
		}
	}
	return nil
}

func tooDeep() schema.Problem {
	return schema.Mistake(schema.CodeLimit, "cannot read values that are nested so deep",
		"No preseed needs more than a dozen levels; here are more than a hundred.", "check the brackets and the indentation")
}

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
