package preseed

import (
	"errors"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"clusterctl/schema"
)

// Format returns a preseed as clusterctl writes it: two columns for each level, lists below their key in its own
// column, one blank between a key and its value, no blanks at the ends of lines, one empty line at most, a line end at
// the end. The order, the comments and every value stay; a text that spans lines is moved as a whole. What is wrong
// with it as YAML is told as [Read] tells it.
func Format(in Input) ([]byte, schema.Diagnostics) {
	text := lineEnds.Replace(strings.TrimPrefix(string(in.Data), "\ufeff"))
	r := &reader{report: newReport()}
	if r.parse(Input{Name: in.Name, Data: []byte(text)}); len(r.report.list) > 0 {
		return nil, r.report.list
	}
	out, err := formatted(text)
	if err == nil {
		// Odd layouts that the library sees differently than they are would be changed each time.
		var again string
		if again, err = formatted(out); again != out || !slices.Equal(said(text), said(out)) {
			err = errors.New("not the same")
		}
	}
	if err != nil {
		r.report.errorAt(schema.Position{File: in.Name}, schema.Mistake(schema.CodeSyntax,
			"cannot format this file: its layout cannot be changed without changing what it says", "", ""))
		return nil, r.report.list
	}
	return []byte(out), nil
}

// lineEnds are those of YAML 1.2, section 5.4.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// formatted returns a text with its lines moved.
func formatted(text string) (string, error) {
	file, err := parseYAML(text)
	if err != nil {
		return "", err
	}
	f := formatter{lines: strings.Split(text, "\n"), entries: map[int]move{}, verbatim: map[int]bool{}}
	for _, doc := range file.Docs {
		f.node(doc.Body, 1, 0)
	}
	return f.text(), nil
}

// said is all that a text says, without how it is laid out.
func said(text string) []string {
	var out []string
	for _, t := range tokenize(text) {
		out = append(out, t.Type.String(), t.Value)
	}
	return out
}

// move says in which column an entry begins and is to begin. Columns count from 1.
type move struct{ old, new int }

type formatter struct {
	lines []string
	// entries are the lines, from 1, that begin with an entry of a mapping or list.
	entries map[int]move
	// gaps are the places after a dash or colon with more than one blank.
	gaps []token.Position
	// verbatim are the lines of texts after | and >.
	verbatim map[int]bool
}

// node notes the entries of a node that is to begin in a column; parent is the old column of the entry it belongs to.
func (f *formatter) node(n ast.Node, column, parent int) {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle {
			for _, v := range n.Values {
				f.value(v, column)
			}
		}
	case *ast.MappingValueNode:
		f.value(n, column)
	case *ast.SequenceNode:
		if !n.IsFlowStyle {
			f.sequence(n, column)
		}
	case *ast.AnchorNode:
		f.node(n.Value, column, parent)
	case *ast.TagNode:
		f.node(n.Value, column, parent)
	case *ast.LiteralNode:
		f.literal(n.Start, parent)
	}
}

// entry notes a line that begins with this token.
func (f *formatter) entry(t *token.Token, column int) {
	at := t.Position
	if strings.TrimLeft(f.before(at), " ") == "" {
		f.entries[at.Line] = move{at.Column, column}
	}
}

// before is what stands before a place in its line.
func (f *formatter) before(at *token.Position) string {
	line := []rune(f.lines[at.Line-1])
	return string(line[:min(at.Column-1, len(line))])
}

func (f *formatter) value(v *ast.MappingValueNode, column int) {
	key := v.Key.GetToken()
	f.entry(key, column)
	f.gap(v.Start, v.Value)
	below := column + 2
	if list, is := unwrapped(v.Value).(*ast.SequenceNode); is && !list.IsFlowStyle {
		below = column
	}
	f.node(v.Value, below, key.Position.Column)
}

func (f *formatter) sequence(n *ast.SequenceNode, column int) {
	for _, e := range n.Entries {
		f.entry(e.Start, column)
		f.gap(e.Start, e.Value)
		f.node(e.Value, column+2, e.Start.Position.Column)
	}
}

// gap notes the blanks between a dash or colon and what follows in the same line.
func (f *formatter) gap(sign *token.Token, value ast.Node) {
	if first := firstToken(value); first != nil && first.Position.Line == sign.Position.Line {
		f.gaps = append(f.gaps, *sign.Position)
	}
}

func unwrapped(n ast.Node) ast.Node {
	switch v := n.(type) {
	case *ast.AnchorNode:
		return unwrapped(v.Value)
	case *ast.TagNode:
		return unwrapped(v.Value)
	}
	return n
}

func firstToken(n ast.Node) *token.Token {
	switch n := n.(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return firstToken(n.Values[0])
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	case *ast.NullNode:
		return nil // it may be nothing at all
	}
	return n.GetToken()
}
