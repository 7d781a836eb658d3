package preseed

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"clusterctl/schema"
)

// tree turns the library's syntax tree into nodes.
type tree struct {
	*reader
	file    string
	anchors map[string]*node
	// offset is what a line's number in the file is more than in what was parsed.
	offset int
}

func (t *tree) position(tk *token.Token) schema.Position {
	if tk == nil || tk.Position == nil {
		return schema.Position{File: t.file}
	}
	return schema.Position{File: t.file, Line: tk.Position.Line + t.offset, Column: tk.Position.Column}
}

func (t *tree) node(n ast.Node) *node {
	switch n := n.(type) {
	case nil, *ast.CommentGroupNode, *ast.DirectiveNode:
		return nil
	case *ast.MappingNode:
		return t.mapping(n, n.Values)
	case *ast.MappingValueNode:
		return t.mapping(n, []*ast.MappingValueNode{n})
	case *ast.SequenceNode:
		out := &node{kind: sequence, at: t.position(n.GetToken())}
		for _, value := range n.Values {
			if item := t.node(value); item != nil {
				out.items = append(out.items, item)
			}
		}
		return out
	case *ast.AnchorNode:
		out := t.node(n.Value)
		t.anchors[n.Name.GetToken().Value] = out
		return out
	case *ast.AliasNode:
		return t.alias(n)
	case *ast.TagNode:
		return t.node(n.Value)
	case *ast.NullNode:
		out := &node{at: t.position(n.GetToken()), null: true}
		if text := n.GetToken().Value; n.GetToken().Type == token.NullType {
			out.text = text
		}
		return out
	case *ast.LiteralNode:
		return &node{at: t.position(n.GetToken()), text: n.Value.Value}
	case *ast.StringNode:
		t.checkEscapes(n.GetToken())
		return &node{at: t.position(n.GetToken()), text: unmarked(n.Value)}
	default:
		return &node{at: t.position(n.GetToken()), text: n.GetToken().Value}
	}
}

func (t *tree) alias(n *ast.AliasNode) *node {
	name := n.Value.GetToken().Value
	if known, ok := t.anchors[name]; ok {
		return known
	}
	at := t.position(n.GetToken())
	t.report.errorAt(at, schema.Mistake(schema.CodeSyntax,
		fmt.Sprintf("cannot use *%s: there is no anchor of that name above", name), "",
		"define it with &"+name+", for example under a key x-common:"))
	return &node{at: at, null: true}
}

// mapping collects the keys of a mapping; keys of its own win over those of merge keys (<<).
func (t *tree) mapping(n ast.Node, values []*ast.MappingValueNode) *node {
	out := &node{kind: mapping, at: t.position(n.GetToken())}
	if len(values) > 0 {
		out.at = t.position(values[0].Key.GetToken())
	}
	var merged []*node
	seen := map[string]schema.Position{}
	for _, v := range values {
		if v.Key.IsMergeKey() {
			merged = append(merged, t.merged(v.Value)...)
			continue
		}
		p := pair{key: t.key(v.Key), at: t.position(v.Key.GetToken()), value: t.node(v.Value)}
		if p.value == nil {
			p.value = &node{at: p.at, null: true}
		}
		if before, twice := seen[p.key]; twice {
			t.report.add(schema.SeverityError, p.at, schema.Mistake(schema.CodeDuplicateKey,
				fmt.Sprintf("cannot have the key %s twice in one mapping", p.key),
				fmt.Sprintf("It already stands in line %d; one of the two would be lost.", before.Line),
				"remove one of them, or check the indentation"), before)
			continue
		}
		seen[p.key] = p.at
		out.pairs = append(out.pairs, p)
	}
	for _, m := range merged {
		for _, p := range m.pairs {
			if _, own := seen[p.key]; !own && t.spend(out.at) {
				seen[p.key] = p.at
				out.pairs = append(out.pairs, p)
			}
		}
	}
	return out
}

func (t *tree) key(n ast.MapKeyNode) string {
	if named := t.node(n); named != nil && named.kind == scalar {
		return named.text
	}
	return n.GetToken().Value
}

// merged returns the mappings that a merge key names, the strongest first.
func (t *tree) merged(n ast.Node) []*node {
	value := t.node(n)
	switch {
	case value == nil, t.report.hasError(value.at): // an anchor that is not there is said already
		return nil
	case value.kind == mapping:
		return []*node{value}
	case value.kind == sequence:
		return value.items
	}
	t.report.errorAt(value.at, schema.Mistake(schema.CodeType, "cannot merge a text into a mapping", "",
		"name a mapping: <<: *NAME"))
	return nil
}
