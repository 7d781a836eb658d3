package preseed

import (
	"regexp"
	"strings"
)

const (
	// large is the size in bytes from which a file is parsed in pieces: what the library keeps of a text takes 70 times
	// as much.
	large = 128 << 10
	// pieceSize is about how many bytes a piece has.
	pieceSize = 16 << 10
)

var (
	// topKey is a line with a key of the top level, listKey one with nothing but the key.
	topKey  = regexp.MustCompile(`^([A-Za-z_][\w.-]*):([ \t].*)?$`)
	listKey = regexp.MustCompile(`^[A-Za-z_][\w.-]*:[ \t]*(#.*)?$`)
)

// piece is a part of a file that is YAML by itself: a key of the top level with all that it has, or the key and some
// of the items of its list.
type piece struct {
	key  string
	text string
	// offset is what a line's number in the file is more than in the piece.
	offset int
	// more reports that the items belong to the list of the piece before.
	more bool
}

// goesOn stands for the rest of the file behind a piece.
const goesOn = "x-goes-on: {}\n"

// cut takes a text apart at lines where no value of YAML goes on: keys at the left margin, and items of their lists. It
// returns nothing for a text that it does not see through.
func cut(text string, size int) []piece {
	c := cutting{text: text, size: size, keys: map[string]bool{}}
	for at, number := 0, 1; at < len(text); number++ {
		line, _, _ := strings.Cut(text[at:], "\n")
		if !c.line(line, at, number) {
			return nil
		}
		at += len(line) + 1
	}
	c.end(len(text))
	return c.out
}

// cutting is the work of cut under way.
type cutting struct {
	text string
	size int
	out  []piece
	keys map[string]bool
	// start is where the last piece begins, list whether it may be a list, indent how the items of that begin.
	start  int
	list   bool
	indent string
}

// line takes the next line; false for one that is not seen through.
func (c *cutting) line(line string, at, number int) bool {
	bare := strings.TrimLeft(line, " ")
	var key []string
	if line == bare { // the regular expression takes its time
		key = topKey.FindStringSubmatch(line)
	}
	ofList := c.list && strings.HasPrefix(bare, "- ")
	switch {
	case key != nil && c.keys[key[1]], key == nil && len(c.out) == 0 && bare != "" && bare[0] != '#':
		return false
	case key != nil:
		if len(c.out) > 0 {
			c.end(at)
		}
		c.keys[key[1]] = true
		c.out = append(c.out, piece{key: key[1], offset: number - 1 - strings.Count(c.text[c.start:at], "\n")})
		c.indent, c.list = "", listKey.MatchString(line)
	case bare == "" || bare[0] == '#':
	case ofList && c.indent == "":
		c.indent = line[:len(line)-len(bare)] + "- "
	case ofList && strings.HasPrefix(line, c.indent):
		if at-c.start > c.size {
			c.end(at)
			of := c.out[len(c.out)-1].key
			c.out = append(c.out, piece{key: of, text: of + ":\n", offset: number - 2, more: true})
		}
	case line[0] != ' ':
		return false
	case c.indent == "":
		c.list = false
	}
	return true
}

// end ends the last piece.
func (c *cutting) end(at int) {
	if last := len(c.out) - 1; last >= 0 {
		c.out[last].text += c.text[c.start:at]
	}
	c.start = at
}

// shared reports what may refer to another part of the file: an anchor or an alias. A carriage return is left to the
// library.
func shared(text string) bool {
	for at, c := range []byte(text) {
		if c == '\r' || (c == '&' || c == '*') && (at == 0 || strings.IndexByte("\t\n\f ,:[{-", text[at-1]) >= 0) {
			return true
		}
	}
	return false
}

// inPieces parses a text piece by piece. It fails where anything is odd about the text or a piece: the whole is parsed
// then, and says what.
func (r *reader) inPieces(name, text string, size int) (root *node, ok bool) {
	if shared(text) {
		return nil, false
	}
	quiet := *r
	quiet.report = newReport()
	all := cut(text, size)
	for i, p := range all {
		n, ok := quiet.piece(name, p, i == len(all)-1)
		if !ok || n.kind != mapping || len(n.pairs) != 1 || n.pairs[0].key != p.key || len(quiet.report.list) > 0 {
			return nil, false
		}
		switch {
		case root == nil:
			root = n
		case !p.more:
			root.pairs = append(root.pairs, n.pairs[0])
		case n.pairs[0].value.kind == sequence:
			whole := root.pairs[len(root.pairs)-1].value
			whole.items = append(whole.items, n.pairs[0].value.items...)
		default:
			return nil, false
		}
	}
	return root, root != nil
}

// piece has the library parse a piece.
func (r *reader) piece(name string, p piece, last bool) (*node, bool) {
	wanted := 1
	if !last { // the library has other places for what stands at the end of a text
		p.text, wanted = p.text+goesOn, 2
	}
	file, err := parseYAML(p.text)
	if err != nil || len(file.Docs) != 1 {
		return nil, false
	}
	t := tree{reader: r, file: name, offset: p.offset, anchors: map[string]*node{}}
	n := t.node(file.Docs[0].Body)
	if n == nil || len(n.pairs) != wanted {
		return nil, false
	}
	n.pairs = n.pairs[:1]
	return n, true
}
