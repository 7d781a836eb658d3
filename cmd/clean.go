package cmd

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
)

// cleaner is the last writer before a terminal, a log or a file: whatever a preseed, a server or a name says, no
// character reaches it that steers a terminal or turns the direction of text, and in CI no line becomes a workflow
// command. Such a character is written as \uXXXX, which is the same text in JSON and in quoted YAML.
type cleaner struct {
	mu   sync.Mutex
	to   io.Writer
	rest []byte // the beginning of a character whose end is in the next Write
	// ours lets our own colours pass, and the clearing of the screen. In ci the commands of lines are broken.
	ours, ci bool
	line     lineStart
}

// ownSequences are all that cmd/render uses.
var ownSequences = regexp.MustCompile(`^\x1b\[(?:(?:0|1|2|3[1-6]|1;36)m|H\x1b\[2J)`)

// Write implements io.Writer.
func (c *cleaner) Write(data []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := slices.Concat(c.rest, data)
	var out bytes.Buffer
	for len(text) > 0 && utf8.FullRune(text) {
		if own := ownSequences.Find(text); c.ours && own != nil {
			out.Write(own)
			text = text[len(own):]
			continue
		}
		r, size := utf8.DecodeRune(text)
		if text = text[size:]; steers(r) || c.line.completes(r) && c.ci {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
		c.line.next(r)
	}
	c.rest = bytes.Clone(text)
	_, err := c.to.Write(out.Bytes())
	return len(data), err
}

// steers reports whether a terminal obeys the character instead of showing it: controls but tab and line feed, and
// those that turn the direction of text or end a line where nobody sees it.
func steers(r rune) bool {
	return unicode.IsControl(r) && r != '\t' && r != '\n' || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' ||
		r == '\u2029'
}

// lineStart knows how near a line is to a workflow command: "::" at its beginning (GitHub, Forgejo), or "##" and a
// word before "[" anywhere (Azure, TeamCity, GitHub's older form).
type lineStart struct {
	begun  bool // something but blanks was written
	colon  bool // and that was one colon
	hashes int  // what was written last are so many hashes, and perhaps a word
}

// completes reports whether the character would make the line a command.
func (l *lineStart) completes(r rune) bool { return l.colon && r == ':' || l.hashes > 1 && r == '[' }

func (l *lineStart) next(r rune) {
	switch {
	case r == '\n':
		*l = lineStart{}
		return
	case r == '#':
		l.hashes++
	case !unicode.IsLetter(r):
		l.hashes = 0
	}
	l.colon = !l.begun && r == ':'
	l.begun = l.begun || !unicode.IsSpace(r)
}
