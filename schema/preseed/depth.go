package preseed

import (
	"io"

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

// UntilDeep reads what r has, and ends where values are nested too deep: [Read] says where. Nobody need hold what
// follows.
func UntilDeep(r io.Reader) io.Reader { return &shallow{Reader: r} }

type shallow struct {
	io.Reader
	depth depth
}

func (s *shallow) Read(into []byte) (int, error) {
	n, err := s.Reader.Read(into)
	if s.depth.deepLine(into[:n]) > 0 {
		err = io.EOF
	}
	return n, err
}

// depth measures a text that comes in parts. It takes no memory, whatever the text.
type depth struct {
	// columns are where the values begin that are around what comes next.
	columns []int
	// lines have ended, and column is that of the next byte in its line.
	lines, column int
	// open is how many more brackets were opened than closed.
	open int
	// within reports that the line's indentation and dashes have ended; dash that the last byte was one, and may belong to
	// them.
	within, dash bool
}

// deepLine returns the line of the part where values are nested too deep, by its indentation and dashes, or by far too
// many open brackets; 0 when there is none.
func (d *depth) deepLine(part []byte) int {
	for _, c := range part {
		d.next(c)
		if len(d.columns) > deepest || d.open > mostOpen {
			return d.lines + 1
		}
		switch d.column++; c {
		case '\n':
			d.lines++
			fallthrough
		case '\r': // a parser of YAML takes it for the end of a line, too
			d.column, d.within, d.dash = 0, false, false
		}
	}
	return 0
}

func (d *depth) next(c byte) {
	switch at := d.column; {
	case d.within:
	case d.dash:
		d.begin(at - 1)
		d.dash, d.within = false, c != ' '
	case c == '-':
		d.dash = true
	case c != ' ' && c != '\t' && c != '\r' && c != '\n':
		d.begin(at)
		d.within = true
	}
	switch c {
	case '[', '{':
		d.open++
	case ']', '}':
		d.open--
	}
}

func (d *depth) begin(column int) { d.columns = append(left(d.columns, column), column) }

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
