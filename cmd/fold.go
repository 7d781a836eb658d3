package cmd

import (
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// width is how many columns a line may have: as many as the terminal has, or COLUMNS says; 0 for any number.
func (s Streams) width() int {
	text, _ := s.Getenv("COLUMNS")
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return s.columns
}

// folder writes lines that are at most width wide, by beginning new ones at blanks. Their indentation is that of the
// line, or of the second column of a table. Running text flows on: in prose the end of a long line goes before the next
// one.
type folder struct {
	to    io.Writer
	width int
	prose bool
	rest  string // what is written without a line end
	over  string // what is left of a long line
	open  bool   // what was written last is no line end
}

// folded returns a writer that folds where there is a width. Whoever writes to it calls close.
func (c *console) folded(to io.Writer, prose bool) *folder {
	return &folder{to: to, width: c.width(), prose: prose}
}

var (
	// secondColumn ends where that of a table begins.
	secondColumn = regexp.MustCompile(`^ *[^ ].*?  +`)
	// sequence is a colour, which has no width.
	sequence = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")
)

// Write implements io.Writer.
func (f *folder) Write(data []byte) (int, error) {
	if len(data) > 0 {
		f.open = data[len(data)-1] != '\n'
	}
	if f.width < 20 {
		return f.to.Write(data)
	}
	text := f.rest + string(data)
	for {
		line, rest, whole := strings.Cut(text, "\n")
		if !whole {
			f.rest = line
			return len(data), nil
		}
		if err := f.line(line); err != nil {
			return 0, err
		}
		text = rest
	}
}

// close writes what is left, and a line end if there is none.
func (f *folder) close() {
	if f.open {
		_, _ = f.Write([]byte("\n")) // output for people
	}
	if f.over != "" {
		_, _ = io.WriteString(f.to, f.over+"\n")
	}
}

func (f *folder) line(line string) error {
	if over := f.over; over != "" {
		f.over = ""
		if flowsOn(over, line) {
			line = over + " " + strings.TrimLeft(line, " ")
		} else if _, err := io.WriteString(f.to, over+"\n"); err != nil {
			return err
		}
	}
	hang, long := f.hanging(line), false
	for shown(line) > f.width {
		at := f.breaking(line)
		if column := len(secondColumn.FindString(line)); !long && column > f.width/2 {
			at = column // a table as wide as that has its second column below the first
		}
		if at < 0 {
			break
		}
		if _, err := io.WriteString(f.to, strings.TrimRight(line[:at], " ")+"\n"); err != nil {
			return err
		}
		line, long = hang+strings.TrimLeft(line[at:], " "), true
	}
	if long && f.prose {
		f.over = line
		return nil
	}
	_, err := io.WriteString(f.to, line+"\n")
	return err
}

func shown(line string) int { return utf8.RuneCountInString(sequence.ReplaceAllString(line, "")) }

// hanging is the indentation of what follows a line.
func (f *folder) hanging(line string) string {
	plain := sequence.ReplaceAllString(line, "")
	indent := len(plain) - len(strings.TrimLeft(plain, " "))
	if column := utf8.RuneCountInString(secondColumn.FindString(plain)); column > 0 && column <= f.width/2 {
		return strings.Repeat(" ", column)
	} else if column > 0 {
		indent += 6
	}
	return strings.Repeat(" ", min(indent, f.width/2))
}

// breaking is the last blank at which the line fits, or else its first one; -1 for none behind the indentation.
func (f *folder) breaking(line string) int {
	best := -1
	for i, r := range line {
		switch {
		case r != ' ' || strings.TrimSpace(line[:i]) == "":
		case best >= 0 && shown(line[:i]) > f.width:
			return best
		default:
			best = i
		}
	}
	return best
}

// flowsOn reports whether a line goes on with the text of the one before.
func flowsOn(before, line string) bool {
	indent := func(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }
	return strings.TrimSpace(line) != "" && indent(before) == indent(line) && secondColumn.FindString(line) == ""
}
