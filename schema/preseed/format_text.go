package preseed

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// literal notes the lines of a text after | or >: those below that are indented deeper than what it belongs to, and
// empty lines at its end only where it keeps them.
func (f *formatter) literal(header *token.Token, parent int) {
	end := header.Position.Line
	for i, last := end, len(f.lines); i < last; i++ {
		empty := strings.TrimSpace(f.lines[i]) == ""
		if !empty && indentation(f.lines[i]) < parent {
			break
		}
		if !empty || strings.Contains(header.Value, "+") {
			end = i + 1
		}
	}
	for i := header.Position.Line; i < end; i++ {
		f.verbatim[i+1] = true
	}
}

// text is the file with its lines moved.
func (f *formatter) text() string {
	f.closeGaps()
	var out []string
	shift := 0
	for i, line := range f.lines {
		number, trimmed := i+1, strings.TrimSpace(line)
		entry, begins := f.entries[number]
		switch {
		case f.verbatim[number]:
			line = shifted(line, shift)
		case trimmed == "":
			if len(out) == 0 || out[len(out)-1] == "" {
				continue
			}
			line = ""
		case begins:
			shift = entry.new - entry.old
			line = shifted(strings.TrimRight(line, " \t"), shift)
		case strings.HasPrefix(trimmed, "#"):
			line = shifted(strings.TrimRight(line, " \t"), f.commentShift(number, shift))
		case !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "..."):
			line = shifted(strings.TrimRight(line, " \t"), shift)
		}
		out = append(out, line)
	}
	text := strings.Join(out, "\n")
	if f.verbatim[len(f.lines)] {
		return text // it ends with a text that keeps its empty lines
	}
	if text = strings.TrimRight(text, "\n"); text == "" {
		return ""
	}
	return text + "\n"
}

// commentShift is how far a comment in a line of its own is moved: as what it stands before, if that begins where it
// does, otherwise as the last entry above that begins there, otherwise as the last one.
func (f *formatter) commentShift(number, last int) int {
	column := indentation(f.lines[number-1]) + 1
	for n := number + 1; n <= len(f.lines); n++ {
		if e, is := f.entries[n]; is && e.old == column {
			return e.new - e.old
		} else if is {
			break
		}
	}
	for n := number - 1; n > 0; n-- {
		if e, is := f.entries[n]; is && e.old == column {
			return e.new - e.old
		} else if is && e.old < column {
			break
		}
	}
	return last
}

func (f *formatter) closeGaps() {
	slices.SortFunc(f.gaps, func(a, b token.Position) int { return b.Column - a.Column }) // the last of a line first
	for _, at := range f.gaps {
		line := []rune(f.lines[at.Line-1])
		if at.Column > len(line) {
			continue
		}
		rest := strings.TrimLeft(string(line[at.Column:]), " ")
		if rest != "" && !strings.HasPrefix(rest, "#") {
			f.lines[at.Line-1] = string(line[:at.Column]) + " " + rest
		}
	}
}

// shifted moves a line to the right, or to the left as far as it has blanks.
func shifted(line string, by int) string {
	switch {
	case line == "" || by == 0:
		return line
	case by > 0:
		return strings.Repeat(" ", by) + line
	}
	return line[min(-by, indentation(line)):]
}
