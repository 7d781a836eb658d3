package wire

import (
	"strconv"
	"strings"
)

// shape is what the protocol needs to know of an SQL text and database/sql does not tell.
type shape struct {
	// parameters is the number of values that the text wants bound.
	parameters int
	// empty says that there is no statement, tail that there is something behind the first one.
	empty, tail bool
}

// scan reads an SQL text up to the end of its first statement. It knows strings, names and comments but no grammar:
// a trigger, which has statements inside, looks as if it had a tail.
func scan(query string) shape {
	text := shape{empty: true}
	named := map[string]bool{}
	for rest := query; rest != ""; {
		n, token := lex(rest)
		rest = rest[n:]
		switch token {
		case "":
			continue
		case ";":
			if !text.empty {
				text.tail = !scan(rest).empty
				return text
			}
			continue
		}
		text.empty = false
		switch token[0] {
		case '?':
			number, err := strconv.Atoi(token[1:])
			if err != nil { // a bare question mark
				number = text.parameters + 1
			}
			text.parameters = max(text.parameters, number)
		case ':', '@', '$':
			if len(token) > 1 && !named[token] {
				named[token] = true
				text.parameters++
			}
		}
	}
	return text
}

// lex returns the length of what the text begins with and the token that it is: "" for space and comments.
func lex(text string) (n int, token string) {
	switch c := text[0]; {
	case strings.IndexByte(" \t\r\n\f", c) >= 0:
		return 1, ""
	case strings.HasPrefix(text, "--"):
		return until(text, 2, "\n"), ""
	case strings.HasPrefix(text, "/*"):
		return until(text, 2, "*/"), ""
	case c == '\'' || c == '"' || c == '`':
		n = until(text, 1, text[:1])
	case c == '[':
		n = until(text, 1, "]")
	case strings.IndexByte("?:@$", c) >= 0 || inName(c):
		for n = 1; n < len(text) && inName(text[n]); n++ {
			continue
		}
	default:
		n = 1
	}
	return n, text[:n]
}

// until returns the length of text up to and with the end mark, searched from the given place on; all of it when
// there is none.
func until(text string, from int, end string) int {
	if i := strings.Index(text[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(text)
}

func inName(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
