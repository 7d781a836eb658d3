package preseed

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"clusterctl/schema"
)

// simple reads the YAML that nearly all of a preseed is: mappings and lists by indentation, texts on one line, plain
// or in quotes without escapes, and {} and [] on one line. It takes a tenth of the time of the library, which reads
// whatever is left: simple gives a piece up at the first thing that it does not know, and where it does not, its nodes
// are those of the library (FuzzSimple). Mistakes are among what it does not know.
type simple struct {
	file string
	// rest is the text behind the current line.
	rest string
	// line is the current line's number in the file. bare is what the line has behind its blanks, indent how many these
	// are; at the end of the text it is empty.
	line, indent int
	bare         string
	// odd reports that something was not known; nothing that was read counts then.
	odd bool
}

const (
	// mostKeys is how many keys a mapping may have: they are looked through for one that is there twice.
	mostKeys = 100
	// nested is how deep brackets may be.
	nested = 8
)

// simply reads a piece; false when it is not simple.
func simply(file string, p piece) (*node, bool) {
	s := &simple{file: file, rest: p.text, line: p.offset}
	s.next()
	if s.bare == "" || s.indent != 0 {
		return nil, false
	}
	root := s.mapping()
	return root, !s.odd && s.bare == ""
}

// next goes to the next line that says something.
func (s *simple) next() {
	for s.rest != "" {
		var line string
		line, s.rest, _ = strings.Cut(s.rest, "\n")
		s.line++
		s.bare = strings.TrimLeft(line, " ")
		s.indent = len(line) - len(s.bare)
		if s.bare != "" && s.bare[0] != '#' {
			s.odd = s.odd || strings.HasSuffix(line, " ") // the library moves the text before
			return
		}
	}
	s.bare, s.indent = "", -1
}

func (s *simple) at(column int) schema.Position {
	return schema.Position{File: s.file, Line: s.line, Column: column + 1}
}

// mapping reads the mapping whose first key the line begins with, up to the first line that is no part of it.
func (s *simple) mapping() *node {
	indent := s.indent
	out := &node{kind: mapping, at: s.at(indent)}
	for !s.odd && s.indent == indent && !strings.HasPrefix(s.bare, "- ") {
		key, value, ok := keyOf(s.bare)
		if s.odd = s.odd || !ok || !s.isNew(out, key); s.odd {
			break
		}
		p := pair{key: key, at: s.at(indent)}
		if value == "" {
			p.value = s.below(indent)
		} else {
			p.value = s.value(value)
		}
		out.pairs = append(out.pairs, p)
		s.odd = s.odd || s.indent > indent
	}
	return out
}

// keyOf parts a line at its key. The value is empty when the line has none.
func keyOf(line string) (key, value string, ok bool) {
	end := 0
	for end < len(line) && keyChar(line[end]) {
		end++
	}
	if end == 0 || end == len(line) || line[end] != ':' || line[0] == '-' || line[0] == '.' {
		return "", "", false
	}
	key, value = line[:end], line[end+1:]
	return key, strings.TrimLeft(value, " "), !isNull(key) && (value == "" || value[0] == ' ')
}

// keyChar reports what a key is made of.
func keyChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_'
}

func isNull(text string) bool { return strings.EqualFold(text, "null") }

// below reads what stands below a key that its line says no value of.
func (s *simple) below(indent int) *node {
	s.next()
	switch list := strings.HasPrefix(s.bare, "- "); {
	case list && s.indent >= indent:
		return s.sequence()
	case !list && s.indent > indent:
		return s.mapping()
	}
	s.odd = true // nothing stands there
	return nil
}

// sequence reads the list whose first dash the line begins with.
func (s *simple) sequence() *node {
	indent := s.indent
	out := &node{kind: sequence, at: s.at(indent)}
	for !s.odd && s.indent == indent && strings.HasPrefix(s.bare, "- ") {
		item := strings.TrimLeft(s.bare[1:], " ")
		if _, _, keyed := keyOf(item); keyed {
			s.indent, s.bare = s.indent+len(s.bare)-len(item), item
			out.items = append(out.items, s.mapping())
		} else {
			out.items = append(out.items, s.value(item))
		}
		s.odd = s.odd || s.indent > indent
	}
	return out
}

// value reads a value that stands at the end of the line, and goes to the next line.
func (s *simple) value(text string) *node {
	column := s.indent + len(s.bare) - len(text)
	var out *node
	var left string
	switch text[0] {
	case '"', '\'':
		out, left = s.quoted(text, column)
	case '{', '[':
		out, left = s.flow(text, column, nested)
	default:
		out, left = s.plain(text, column, " ,.:;()/+=@%_-")
	}
	s.odd = s.odd || left != ""
	s.next()
	return out
}

// quoted reads a text in quotes, and returns what is behind it.
func (s *simple) quoted(text string, column int) (out *node, left string) {
	value, left, closed := strings.Cut(text[1:], text[:1])
	s.odd = s.odd || !closed || strings.HasPrefix(left, text[:1]) ||
		strings.ContainsFunc(value, func(c rune) bool { return c == '\\' || c != ' ' && !unicode.IsGraphic(c) })
	return &node{at: s.at(column), text: value}, left
}

// plain reads a text without quotes that is made of letters, digits and these marks.
func (s *simple) plain(text string, column int, marks string) (out *node, left string) {
	end := strings.IndexFunc(text, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune(marks, c)
	})
	if end < 0 {
		end = len(text)
	}
	value := strings.TrimRight(text[:end], " ")
	s.odd = s.odd || value == "" || isNull(value) || strings.ContainsRune(" ,.:;()+=@%-", rune(value[0])) ||
		strings.Contains(value, ": ") || strings.HasSuffix(value, ":")
	return &node{at: s.at(column), text: value}, text[end:]
}

// flow reads a value among brackets, or the whole of one in brackets, and returns what is behind it.
func (s *simple) flow(text string, column, deep int) (out *node, left string) {
	switch {
	case text == "" || deep == 0:
		s.odd = true
		return nil, ""
	case text[0] == '"' || text[0] == '\'':
		return s.quoted(text, column)
	case text[0] != '{' && text[0] != '[':
		return s.plain(text, column, " ./_-")
	}
	out, left = &node{kind: sequence, at: s.at(column)}, strings.TrimLeft(text[1:], " ")
	end := "]"
	if text[0] == '{' {
		out.kind, end = mapping, "}"
	}
	column += len(text) - len(left)
	for more := !strings.HasPrefix(left, end); more && !s.odd; {
		text = left
		if out.kind == mapping {
			left = s.flowPair(out, text, column, deep-1)
		} else {
			var item *node
			item, left = s.flow(text, column, deep-1)
			out.items = append(out.items, item)
		}
		left, more = strings.CutPrefix(strings.TrimLeft(left, " "), ",")
		left = strings.TrimLeft(left, " ")
		column += utf8.RuneCountInString(text[:len(text)-len(left)])
	}
	left, closed := strings.CutPrefix(left, end)
	s.odd = s.odd || !closed
	return out, left
}

// flowPair adds the next key of a mapping in brackets, with its value.
func (s *simple) flowPair(to *node, text string, column, deep int) (left string) {
	key, value, ok := keyOf(text)
	if s.odd = s.odd || !ok || !s.isNew(to, key); s.odd {
		return ""
	}
	p := pair{key: key, at: s.at(column)}
	p.value, left = s.flow(value, column+len(text)-len(value), deep)
	if len(to.pairs) == 0 {
		to.at = p.at
	}
	to.pairs = append(to.pairs, p)
	return left
}

// isNew reports a key that a mapping does not have yet.
func (s *simple) isNew(in *node, key string) bool {
	return len(in.pairs) < mostKeys && !slices.ContainsFunc(in.pairs, func(p pair) bool { return p.key == key })
}
