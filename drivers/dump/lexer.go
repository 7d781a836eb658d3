package dump

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// tokenKind says what a token is.
type tokenKind int

// The kinds of tokens.
const (
	tokenEnd    tokenKind = iota + 1 // the end of the file
	tokenWord                        // a word as it stands, such as INSERT or nodes
	tokenName                        // a name in quotes, without them
	tokenText                        // a text, without its quotes
	tokenBlob                        // bytes in hexadecimal, X'...'
	tokenNumber                      // an integer or a decimal number without its sign
	tokenMark                        // one other character
)

// token is one piece of SQL.
type token struct {
	kind tokenKind
	text string
	line int
}

// is reports whether the token is that word, in upper or lower case, or that mark.
func (t token) is(text string) bool {
	return t.kind == tokenMark && t.text == text || t.kind == tokenWord && strings.EqualFold(t.text, text)
}

// lexer cuts SQL into tokens. It holds one token at a time, however long the file is.
type lexer struct {
	in   *bufio.Reader
	line int
	buf  []byte
}

func newLexer(in io.Reader) *lexer { return &lexer{in: bufio.NewReaderSize(in, 1<<16), line: 1} }

// fault is an error with the line where it was seen.
type fault struct {
	line int
	text string
}

// Error implements error.
func (f *fault) Error() string { return fmt.Sprintf("line %d: %s", f.line, f.text) }

func faultAt(line int, format string, args ...any) error {
	return &fault{line: line, text: fmt.Sprintf(format, args...)}
}

// read returns the next byte, and 0 at the end.
func (l *lexer) read() (byte, error) {
	c, err := l.in.ReadByte()
	switch {
	case errors.Is(err, io.EOF):
		return 0, nil
	case err != nil:
		return 0, err
	case c == 0:
		return 0, faultAt(l.line, "a NUL byte: this is no text")
	case c == '\n':
		l.line++
	}
	return c, nil
}

// back puts back the byte that was read last.
func (l *lexer) back(c byte) {
	if c == 0 {
		return // the end stays the end
	}
	if c == '\n' {
		l.line--
	}
	_ = l.in.UnreadByte() // it fails only when nothing was read
}

// next returns the next token; comments and blanks are none.
func (l *lexer) next() (token, error) {
	c, err := l.skip()
	if err != nil {
		return token{}, err
	}
	line := l.line
	switch {
	case c == 0:
		return token{kind: tokenEnd, line: line}, nil
	case c == '\'':
		text, err := l.quoted('\'', line)
		return token{tokenText, text, line}, err
	case c == '"' || c == '`':
		text, err := l.quoted(c, line)
		return token{tokenName, text, line}, err
	case c == '[':
		text, err := l.quoted(']', line)
		return token{tokenName, text, line}, err
	case inNumber(c):
		text, err := l.run(c, inDecimal)
		return token{tokenNumber, text, line}, err
	case inWord(c):
		return l.word(c, line)
	}
	return token{tokenMark, string(rune(c)), line}, nil
}

func (l *lexer) word(c byte, line int) (token, error) {
	text, err := l.run(c, inWord)
	if err != nil || len(text) != 1 || c|0x20 != 'x' {
		return token{tokenWord, text, line}, err
	}
	if c, err = l.read(); err != nil {
		return token{}, err
	}
	if c != '\'' {
		l.back(c)
		return token{tokenWord, text, line}, nil
	}
	text, err = l.quoted('\'', line)
	return token{tokenBlob, text, line}, err
}

// skip passes blanks and comments, and returns the first byte of what follows.
func (l *lexer) skip() (byte, error) {
	for {
		c, err := l.read()
		if err != nil {
			return 0, err
		}
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case '-', '/':
			comment, err := l.comment(c)
			if err != nil {
				return 0, err
			}
			if comment {
				continue
			}
		}
		return c, nil
	}
}

// comment passes a comment that begins with the byte c, if it is one: up to the end of the line, or to */.
func (l *lexer) comment(c byte) (bool, error) {
	second := map[byte]byte{'-': '-', '/': '*'}[c]
	d, err := l.read()
	if err != nil || d != second {
		l.back(d)
		return false, err
	}
	began, last := l.line, byte(0)
	for {
		d, err = l.read()
		switch {
		case err != nil:
			return true, err
		case d == 0 && c == '/':
			return true, faultAt(began, "a comment that never ends begins here")
		case d == 0, c == '-' && d == '\n', c == '/' && last == '*' && d == '/':
			return true, nil
		}
		last = d
	}
}

// quoted reads up to the closing quote; two of them stand for one. The opening one has been read.
func (l *lexer) quoted(quote byte, began int) (string, error) {
	l.buf = l.buf[:0]
	for {
		c, err := l.read()
		if err != nil {
			return "", err
		}
		if c == quote {
			if c, err = l.read(); err != nil {
				return "", err
			}
			if c != quote || quote == ']' {
				l.back(c)
				return string(l.buf), nil
			}
		}
		if c == 0 {
			return "", faultAt(l.line, "the file ends within a text that begins on line %d: it was cut off", began)
		}
		l.buf = append(l.buf, c)
	}
}

// run reads on from c while the bytes belong together.
func (l *lexer) run(c byte, belongs func(byte) bool) (string, error) {
	l.buf = append(l.buf[:0], c)
	for {
		c, err := l.read()
		if err != nil {
			return "", err
		}
		if !belongs(c) {
			l.back(c)
			return string(l.buf), nil
		}
		l.buf = append(l.buf, c)
	}
}

func inNumber(c byte) bool { return c >= '0' && c <= '9' }

// inDecimal leaves the sign of an exponent to whoever reads the number: SQLite writes one, LXD has none.
func inDecimal(c byte) bool { return inNumber(c) || c == '.' || c|0x20 == 'e' }

func inWord(c byte) bool {
	return c == '_' || c >= 0x80 || c|0x20 >= 'a' && c|0x20 <= 'z' || inNumber(c) || c == '$'
}
