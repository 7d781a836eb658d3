package render

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"clusterctl/plan"
)

// Paint colours text, or leaves it as it is: the zero Paint is plain.
type Paint struct{ on bool }

// Color returns a Paint that colours when on is true.
func Color(on bool) Paint { return Paint{on: on} }

// The ANSI codes in use.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (p Paint) in(code, text string) string {
	if !p.on || text == "" || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Emphasis makes a line stand out between the outputs of commands.
func (p Paint) Emphasis(text string) string { return p.in("1;36", text) }

// clean makes control characters visible, so that no value can move the cursor or forge a line.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, text)
}

// textWidth is the width of running text. It is fixed, so that a log and a terminal show the same.
const textWidth = 100

// wrap breaks text at spaces into lines of at most textWidth characters, each begun with indent. Line ends that
// are in the text stay.
func wrap(text, indent string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		room := 0
		for i, word := range strings.Fields(line) {
			size := len([]rune(word))
			switch {
			case i == 0:
				b.WriteString(indent + word)
				room = textWidth - len(indent) - size
			case size+1 > room:
				b.WriteString("\n" + indent + word)
				room = textWidth - len(indent) - size
			default:
				b.WriteString(" " + word)
				room -= size + 1
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// longList is from how many bytes on a list is shown by what was added and removed.
const longList = 60

// lineDiff is how a value with several lines, or a long list, changes: the lines of a unified diff, each with its
// sign; nil for a value that fits its line.
func lineDiff(f plan.FieldChange) []string {
	before, after := f.Old, f.New
	if !f.Secret && len(before)+len(after) > longList {
		before, after = elements(before), elements(after)
	}
	switch {
	case f.Secret || before == "" && after == "":
		return nil
	case before != "" && after != "" && strings.HasPrefix(f.Path, "lists.") && len(before)+len(after) > longList:
		return listDiff(strings.Split(before, ","), strings.Split(after, ","))
	case !severalLines(before) && !severalLines(after):
		return nil
	}
	text := string(diff.Diff("", []byte(before), "", []byte(after)))
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	lines = lines[min(3, len(lines)):] // the first three name the texts
	if before == "" || after == "" {
		lines = lines[min(1, len(lines)):] // all lines are new, or all go: their numbers tell nothing
	}
	return lines
}

func severalLines(text string) bool { return strings.Contains(strings.TrimRight(text, "\n"), "\n") }

// elements returns a list in JSON with a line for each of its elements, and any other text as it is.
func elements(text string) string {
	var list []json.RawMessage
	if json.Unmarshal([]byte(text), &list) != nil || len(list) == 0 {
		return text
	}
	var b strings.Builder
	for _, element := range list {
		b.Write(element)
		b.WriteByte('\n')
	}
	return b.String()
}

// listDiff are the elements that only one of two lists has.
func listDiff(before, after []string) []string {
	var out []string
	only := func(sign string, list, other []string) {
		for _, element := range list {
			if !slices.Contains(other, element) {
				out = append(out, sign+element)
			}
		}
	}
	only("-", before, after)
	only("+", after, before)
	return out
}

// lineColor is the colour of a line of a diff.
func lineColor(line string) string {
	switch line[0] {
	case '+':
		return green
	case '-':
		return red
	case '@':
		return cyan
	}
	return ""
}
