package dump

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// script is SQL text that is cut into statements. What a statement means is left to SQLite.
type script struct {
	text []byte
	at   int
}

// statement is one of them, without its semicolon; its text is empty at the end of the script.
type statement struct {
	at   int
	text []byte
	// selects reports that the word SELECT is in it.
	selects bool
}

// A trigger has statements in it: its end is an END behind one of them.
var trigger, triggerEnd = regexp.MustCompile(`(?i)^CREATE\s+TRIGGER\b`), regexp.MustCompile(`(?i);\s*END\s*$`)

// fault is an error with its line, and without what stands there: that may be a secret.
func (s *script) fault(at int, text string) error { return fmt.Errorf("line %d: %s", s.line(at), text) }

func (s *script) line(at int) int { return 1 + bytes.Count(s.text[:at], []byte("\n")) }

// next returns the next statement.
func (s *script) next() (statement, error) {
	st := statement{at: -1}
	for s.at < len(s.text) {
		token, err := s.token()
		switch {
		case err != nil:
			return st, err
		case st.at < 0 && len(token) > 0 && token[0] != ';':
			st.at = s.at - len(token)
		case st.at >= 0 && string(token) == ";":
			st.text = s.text[st.at : s.at-1]
			if !trigger.Match(st.text) || triggerEnd.Match(st.text) {
				return st, nil
			}
		}
		st.selects = st.selects || len(token) == 6 && strings.EqualFold(string(token), "SELECT")
	}
	if st.at >= 0 {
		return st, s.fault(s.at, "the file ends in the middle of a statement: it was cut off")
	}
	return st, nil
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
		if length = quoted(rest); length == 0 {
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
