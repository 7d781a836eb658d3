package preseed

import (
	"slices"
	"strings"

	"clusterctl/schema"
)

// lines reads what nearly every line of a large preseed is: block mappings and lists of texts of one line that need no
// escapes, and flow collections of such. It gives up at anything else, and at anything odd: the library then reads that
// piece. What it reads is what the library would read, places included: FuzzPieces holds the two against each other.
type lines struct {
	file string
	// rest is the text behind the current line, body what the line has at column indent+1.
	rest, body   string
	line, indent int
	// odd reports that it gave up.
	odd bool
}

const (
	// mostKeys is how many keys a mapping may have: they are looked through for one that is there twice.
	mostKeys = 256
	// wordBytes may be in a key, plainBytes in a text without quotes as well.
	wordBytes  = "-./_"
	plainBytes = wordBytes + ":@+=()%"
)

// readPlain parses a text of that file, which begins behind offset lines.
func readPlain(file, text string, offset int) (root *node, ok bool) {
	p := &lines{file: file, rest: text, line: offset}
	p.next()
	if p.indent == 0 {
		root = p.mapping()
	}
	return root, root != nil && !p.odd && p.indent < 0
}

// next goes to the next line that says something; the indent is -1 behind the last.
func (p *lines) next() {
	for p.rest != "" {
		var line string
		line, p.rest, _ = strings.Cut(p.rest, "\n")
		p.line++
		p.body = strings.TrimLeft(line, " ")
		if p.indent = len(line) - len(p.body); p.body != "" && p.body[0] != '#' {
			return
		}
	}
	p.indent, p.body = -1, ""
}

func (p *lines) at(column int) schema.Position {
	return schema.Position{File: p.file, Line: p.line, Column: column}
}

func (p *lines) giveUp() *node {
	p.odd = true
	return nil
}

// block reads the mapping or list that begins at the current line.
func (p *lines) block() *node {
	switch key, _ := cutKey(p.body); {
	case strings.HasPrefix(p.body, "- "):
		return p.list()
	case key != "":
		return p.mapping()
	}
	return p.giveUp()
}

// list reads the list whose first item the current line has.
func (p *lines) list() *node {
	out, indent := &node{kind: sequence, at: p.at(p.indent + 1)}, p.indent
	for !p.odd && p.indent == indent && strings.HasPrefix(p.body, "- ") {
		whole := len(p.body)
		p.body = strings.TrimLeft(p.body[1:], " ")
		item := indent + whole - len(p.body)
		p.indent = item
		if key, _ := cutKey(p.body); key != "" || strings.HasPrefix(p.body, "- ") {
			out.items = append(out.items, p.block())
		} else {
			out.items = append(out.items, p.value(p.body, item))
		}
	}
	return p.ended(out, indent)
}

// ended wants what follows a collection to be indented no more than that.
func (p *lines) ended(n *node, indent int) *node {
	if p.odd || p.indent > indent {
		return p.giveUp()
	}
	return n
}

// mapping reads the mapping whose first key the current line has.
func (p *lines) mapping() *node {
	out, indent := &node{kind: mapping, at: p.at(p.indent + 1)}, p.indent
	for !p.odd && p.indent == indent && !strings.HasPrefix(p.body, "- ") {
		key, text := cutKey(p.body)
		of := pair{key: key, at: p.at(indent + 1)}
		if key == "" || !p.add(out, of) {
			return p.giveUp()
		}
		column := indent + len(p.body) - len(text)
		value := &out.pairs[len(out.pairs)-1].value
		if text != "" {
			*value = p.value(text, column)
			continue
		}
		p.next()
		if p.indent < indent || p.indent == indent && !strings.HasPrefix(p.body, "- ") {
			return p.giveUp() // nothing is there
		}
		*value = p.block()
	}
	return p.ended(out, indent)
}

// add adds a pair to a mapping, unless that has its key.
func (p *lines) add(to *node, of pair) bool {
	if len(to.pairs) == mostKeys || slices.ContainsFunc(to.pairs, func(known pair) bool { return known.key == of.key }) {
		return false
	}
	to.pairs = append(to.pairs, of)
	return true
}

// value reads the text that ends the current line, behind so many columns, and goes to the next line.
func (p *lines) value(text string, column int) *node {
	out, rest := p.flow(text, column, "")
	if rest != "" {
		return p.giveUp()
	}
	p.next()
	return out
}

// flow reads a value at the beginning of a text, and returns what follows it; ends are the bytes at which a text without
// quotes ends.
func (p *lines) flow(text string, column int, ends string) (out *node, rest string) {
	if text == "" {
		return p.giveUp(), ""
	}
	at := p.at(column + 1)
	switch first := text[0]; {
	case first == '{' || first == '[':
		return p.collection(text, column)
	case first == '"' || first == '\'':
		inner, rest, closed := strings.Cut(text[1:], text[:1])
		if !closed || strings.HasPrefix(rest, text[:1]) || strings.ContainsFunc(inner, unquotable) {
			return p.giveUp(), ""
		}
		return &node{at: at, text: inner}, rest
	}
	end := len(text)
	if ends != "" {
		end = max(strings.IndexAny(text, ends), 0)
	}
	if !isPlain(text[:end]) {
		return p.giveUp(), ""
	}
	return &node{at: at, text: text[:end]}, text[end:]
}

// collection reads a flow mapping or list.
func (p *lines) collection(text string, column int) (out *node, rest string) {
	out, whole := &node{kind: sequence, at: p.at(column + 1)}, text
	closing := "]"
	if text[0] == '{' {
		out.kind, closing = mapping, "}"
	}
	for text = text[1:]; !p.odd && text != ""; text = strings.TrimPrefix(text[1:], " ") {
		var of pair
		if text[0] == closing[0] && len(out.pairs)+len(out.items) == 0 {
			return out, text[1:]
		}
		of.at = p.at(column + 1 + len(whole) - len(text))
		if out.kind == mapping {
			if of.key, text = cutKey(text); of.key == "" || text == "" {
				break
			}
			if len(out.pairs) == 0 {
				out.at = of.at
			}
		}
		of.value, text = p.flow(text, column+len(whole)-len(text), ",]}")
		if out.kind == sequence {
			out.items = append(out.items, of.value)
		} else if !p.add(out, of) {
			break
		}
		if strings.HasPrefix(text, closing) {
			return out, text[1:]
		}
		if !strings.HasPrefix(text, ", ") {
			break
		}
	}
	return p.giveUp(), ""
}

// cutKey parts a key without quotes from its value; empty where there is none.
func cutKey(text string) (key, value string) {
	end := strings.IndexByte(text, ':')
	if end < 1 || end+1 < len(text) && text[end+1] != ' ' || !wordsOf(text[:end], wordBytes) || reserved(text[:end]) {
		return "", ""
	}
	return text[:end], strings.TrimLeft(text[end+1:], " ")
}

// isPlain reports a text that means itself without quotes.
func isPlain(text string) bool {
	return !reserved(text) && text[len(text)-1] != ' ' && text[len(text)-1] != ':' && !strings.Contains(text, ": ") &&
		wordsOf(strings.ReplaceAll(text, " ", "_"), plainBytes)
}

// wordsOf reports a text that begins with a letter, a digit, _ or /, and has nothing beyond such and the others.
func wordsOf(text, others string) bool {
	for i := range len(text) {
		c := text[i]
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '/' ||
			i > 0 && strings.IndexByte(others, c) >= 0) {
			return false
		}
	}
	return text != ""
}

// reserved reports what is no text without quotes, or nothing.
func reserved(text string) bool {
	return text == "" || len(text) < 6 && slices.Contains([]string{"null", "true", "false"}, strings.ToLower(text))
}

// unquotable reports what has another meaning within quotes, or may have another width.
func unquotable(c rune) bool { return c < ' ' || c > '~' || c == '\\' }
