package dump

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Limits in bytes: the most that is read of a file, how much of it at a time, and the longest statement.
const (
	largest   = 1 << 30
	window    = 1 << 20
	statement = 32 << 20
)

// script is SQL text that is cut into statements as it is read. What a statement means is left to SQLite.
type script struct {
	// in has what follows text; nil at the end.
	in *io.LimitedReader
	// text is a part of the file, at the place in it that comes next.
	text []byte
	at   int
	// lines is how many end before mark.
	lines, mark int
}

// command is a statement, without its semicolon; its text is empty at the end of the script.
type command struct {
	line int
	text []byte
	// selects reports that the word SELECT is in it.
	selects bool
}

// A trigger has statements in it: its end is an END behind one of them.
var trigger, triggerEnd = regexp.MustCompile(`(?i)^CREATE\s+TRIGGER\b`), regexp.MustCompile(`(?i);\s*END\s*$`)

// errMore says that the end of the text is not that of the file.
var errMore = errors.New("there is more to read")

// faultIn is an error with its line, and without what stands there: that may be a secret.
func faultIn(line int, text string) error { return fmt.Errorf("line %d: %s", line, text) }

func (s *script) fault(at int, text string) error { return faultIn(s.line(at), text) }

// line is the number of the line of a place in the text; it is quick for places in their order.
func (s *script) line(at int) int {
	if at < s.mark {
		return 1 + s.lines - bytes.Count(s.text[at:s.mark], []byte("\n"))
	}
	s.lines, s.mark = s.lines+bytes.Count(s.text[s.mark:at], []byte("\n")), at
	return 1 + s.lines
}

// more reads on and forgets what is before at. Statements that are taken already keep their text.
func (s *script) more() error {
	s.line(s.at)
	rest := s.text[s.at:]
	if len(rest) > statement {
		begin := len(s.text) - len(bytes.TrimLeft(rest, " \t\r\n"))
		return s.fault(begin, fmt.Sprintf("a statement is longer than %d MiB", statement>>20))
	}
	text := make([]byte, min(2*len(rest), statement)+window)
	n := copy(text, rest)
	read, err := io.ReadFull(s.in, text[n:])
	s.text, s.at, s.mark = text[:n+read], 0, 0
	if i := bytes.IndexByte(s.text[n:], 0); i >= 0 {
		return s.fault(n+i, "a NUL byte: this is no text")
	}
	switch {
	case s.in.N <= 0:
		return fmt.Errorf("it is larger than %d MiB", largest>>20)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		s.in, err = nil, nil
	}
	return err
}

// next returns the next statement.
func (s *script) next() (command, error) {
	for {
		begin := s.at
		st, err := s.cut()
		if !errors.Is(err, errMore) {
			return st, err
		}
		s.at = begin
		if err := s.more(); err != nil {
			return st, err
		}
	}
}

// cut returns the next statement of the text, or errMore.
func (s *script) cut() (st command, err error) {
	begin := -1
	for s.at < len(s.text) {
		token, err := s.token()
		if s.in != nil && s.at >= len(s.text) {
			return st, errMore
		}
		switch {
		case err != nil:
			return st, err
		case begin < 0 && len(token) > 0 && token[0] != ';':
			begin = s.at - len(token)
		case begin >= 0 && string(token) == ";":
			st.line, st.text = s.line(begin), s.text[begin:s.at-1]
			if !trigger.Match(st.text) || triggerEnd.Match(st.text) {
				return st, nil
			}
		}
		st.selects = st.selects || len(token) == 6 && strings.EqualFold(string(token), "SELECT")
	}
	switch {
	case s.in != nil:
		return st, errMore
	case begin >= 0:
		return st, s.fault(s.at, "the file ends in the middle of a statement: it was cut off")
	}
	return command{}, nil
}

// token passes a word, a quoted text or another character, and returns it. Of a blank or a comment it returns nothing.
func (s *script) token() ([]byte, error) {
	rest, length := s.text[s.at:], 1
	switch c := rest[0]; {
	case strings.IndexByte(" \t\r\n", c) >= 0:
		s.at++
		return nil, nil
	case bytes.HasPrefix(rest, []byte("--")), bytes.HasPrefix(rest, []byte("/*")):
		_, after, _ := bytes.Cut(rest[2:], []byte(map[byte]string{'-': "\n", '/': "*/"}[c]))
		s.at = len(s.text) - len(after)
		return nil, nil
	case strings.IndexByte("'\"`[", c) >= 0:
		if length = quoted(rest); length == 0 && s.in != nil {
			return nil, errMore
		} else if length == 0 {
			return nil, s.fault(len(s.text),
				fmt.Sprintf("the file ends within a text that begins on line %d: it was cut off", s.line(s.at)))
		}
	default:
		for inWord(c) && length < len(rest) && inWord(rest[length]) {
			length++
		}
	}
	s.at += length
	return rest[:length], nil
}

// quoted returns the length of the quoted text with both quotes, 0 when it never ends. Two quotes in it stand for one.
func quoted(text []byte) int {
	closing := text[0]
	if closing == '[' {
		closing = ']'
	}
	for at := 1; ; at++ {
		i := bytes.IndexByte(text[at:], closing)
		if i < 0 {
			return 0
		}
		if at += i + 1; at == len(text) || text[at] != closing || closing == ']' {
			return at
		}
	}
}

func inWord(c byte) bool {
	return c == '_' || c >= 0x80 || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
}
