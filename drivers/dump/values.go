package dump

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"
)

// deepest is how many calls may stand in one another: SQLite writes two, for line feeds and carriage returns.
const deepest = 8

// value reads one value of a row, up to what follows it. SQLite writes literals, and for texts with line ends
// replace('a\nb','\n',char(10)) or, since 3.50, unistr('a\u000ab').
func (p *parser) value(depth int) (any, error) {
	t, err := p.take()
	if err != nil {
		return nil, err
	}
	switch {
	case t.kind == tokenText:
		return t.text, nil
	case t.kind == tokenNumber:
		return p.number("", t)
	case t.is("-") || t.is("+"):
		sign := t.text
		if t, err = p.take(); err != nil {
			return nil, err
		}
		return p.number(sign, t)
	case t.kind == tokenBlob:
		blob, err := hex.DecodeString(t.text)
		if err != nil {
			return nil, faultAt(t.line, "X'...' with something else than hexadecimal digits")
		}
		return blob, nil
	case t.is("NULL"):
		return nil, nil
	case t.kind == tokenWord && depth < deepest:
		return p.call(t, depth+1)
	}
	return nil, p.unexpected(t, "a value")
}

// number reads on from the digits: an exponent's sign is a token of its own.
func (p *parser) number(sign string, t token) (any, error) {
	if t.kind != tokenNumber {
		return nil, p.unexpected(t, "a number")
	}
	text := sign + t.text
	if strings.HasSuffix(strings.ToLower(text), "e") {
		s, err := p.take()
		if err != nil {
			return nil, err
		}
		exponent, err := p.take()
		if err != nil {
			return nil, err
		}
		text += s.text + exponent.text
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && f == 0 { // beyond the largest is infinite, as SQLite means it
		return nil, faultAt(t.line, "a number that is none")
	}
	return f, nil
}

// call reads the arguments of a function and returns what it gives.
func (p *parser) call(function token, depth int) (any, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var args []any
	for {
		arg, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
		more, err := p.more()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	if result, ok := evaluate(strings.ToLower(function.text), args); ok {
		return result, nil
	}
	return nil, faultAt(function.line, "a function that no dump has")
}

func evaluate(function string, args []any) (string, bool) {
	texts := make([]string, len(args))
	for i, arg := range args {
		switch a := arg.(type) {
		case string:
			texts[i] = a
		case int64:
			if a < 0 || a > utf8.MaxRune {
				return "", false
			}
			texts[i] = string(rune(a))
		default:
			return "", false
		}
	}
	switch {
	case function == "replace" && len(texts) == 3 && texts[1] != "" && len(texts[2]) <= len(texts[1]): // no text grows
		return strings.ReplaceAll(texts[0], texts[1], texts[2]), true
	case function == "char":
		return strings.Join(texts, ""), true
	case function == "unistr" && len(texts) == 1:
		return unescape(texts[0])
	}
	return "", false
}

// unescape returns the text with \XXXX, \uXXXX, \+XXXXXX and \UXXXXXXXX as the characters that they stand for.
func unescape(text string) (string, bool) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, `\`)
		out.WriteString(before)
		if !found {
			return out.String(), true
		}
		if rest, twice := strings.CutPrefix(after, `\`); twice {
			out.WriteByte('\\')
			text = rest
			continue
		}
		digits, marked := map[byte]int{'u': 4, '+': 6, 'U': 8}[(after + " ")[0]]
		if marked {
			after = after[1:]
		} else {
			digits = 4
		}
		if len(after) < digits {
			return "", false
		}
		code, err := strconv.ParseUint(after[:digits], 16, 32)
		if err != nil || code > utf8.MaxRune {
			return "", false
		}
		out.WriteRune(rune(code))
		text = after[digits:]
	}
}
