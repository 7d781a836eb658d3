package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"clusterctl/plan"
	"clusterctl/schema"
)

// mark is the symbol and the colour of an action.
func mark(a plan.Action) (symbol, color string) {
	switch a {
	case plan.Create:
		return "+", green
	case plan.Delete, plan.Rebuild:
		return "-", red
	case plan.Refuse:
		return "!", red
	case plan.Resume:
		return ">", cyan
	default:
		return "~", yellow
	}
}

// change writes changes that are alike, as one. For Markdown the lines of a diff begin with their sign.
func change(w io.Writer, paint Paint, run []plan.Change, forMarkdown bool) {
	c := run[0]
	changeHead(w, paint, run)
	fmt.Fprintln(w, at(paint, c.At))
	width := 0
	for _, f := range c.Fields {
		width = max(width, len([]rune(label(f))))
	}
	for _, f := range c.Fields {
		pad := strings.Repeat(" ", width-len([]rune(label(f))))
		lines := lineDiff(f)
		text := values(f)
		switch {
		case lines != nil && f.New == "":
			text = "-> (not set), by line:"
		case lines != nil && f.Old == "":
			text = "by line:"
		case lines != nil:
			text = "changes by line:"
		}
		fmt.Fprintf(w, "      %s%s  %s%s\n", label(f), pad, text, fieldAt(paint, c, f))
		for _, line := range lines {
			line = clean(line)
			switch {
			case !forMarkdown:
				fmt.Fprintln(w, "        "+paint.in(lineColor(line), line))
			case line[0] == '@':
				fmt.Fprintln(w, line)
			default:
				fmt.Fprintln(w, line[:1]+"       "+line[1:])
			}
		}
	}
}

func changeHead(w io.Writer, paint Paint, run []plan.Change) {
	symbol, color := mark(run[0].Action)
	fmt.Fprintf(w, "  %s %s", paint.in(color, symbol), paint.in(bold, clean(named(run))))
	if run[0].Reason != "" {
		fmt.Fprintf(w, ": %s", clean(run[0].Reason))
	}
}

// compactChange writes changes that are alike on one line, with the names of the fields.
func compactChange(w io.Writer, paint Paint, run []plan.Change) {
	changeHead(w, paint, run)
	labels := schema.Map(run[0].Fields, label)
	if len(labels) > 0 {
		fmt.Fprintf(w, "  %s", paint.in(dim, strings.Join(labels, ", ")))
	}
	fmt.Fprintln(w)
}

// Moved lists what is no longer as it was when a plan was saved: old value -> value now.
func Moved(w io.Writer, paint Paint, moved []plan.Change) {
	fmt.Fprintln(w, "Changed since the plan was made:")
	for _, run := range runs(moved, alikeChanges) {
		change(w, paint, run, false)
	}
}

// label names a field as the preseed does: "description", "config.size", "size on node3".
func label(f plan.FieldChange) string {
	switch {
	case f.Member != "" && f.Key != "":
		return clean(f.Key + " on " + f.Member)
	case f.Member != "":
		return clean("on " + f.Member)
	}
	path := strings.TrimPrefix(strings.TrimPrefix(f.Path, "attrs."), "lists.")
	return clean(path)
}

// fieldAt names the line of a field unless it is a new object's: all of that stands together in the file.
func fieldAt(paint Paint, c plan.Change, f plan.FieldChange) string {
	if c.Action == plan.Create || f.At == c.At {
		return ""
	}
	return at(paint, f.At)
}

func at(paint Paint, p schema.Position) string {
	if p.Line == 0 {
		return ""
	}
	return "  " + paint.in(dim, "("+clean(place(p))+")")
}

// values shows what a field was and becomes.
func values(f plan.FieldChange) string {
	if f.Path == "state" && f.Old == string(schema.StateCreated) {
		f.Old = string(schema.StatePresent) // what a preseed calls a member that is not evacuated
	}
	switch {
	case f.Secret && f.Old == "" && f.New != "":
		return "(secret)"
	case f.Secret && f.New == "":
		return "(secret) -> (not set)"
	case f.Secret:
		return "(secret) -> (secret, changed)"
	case f.Old == "" && f.New == "":
		return "(left to the server)"
	case f.Old == "":
		return value(f.New)
	case f.New == "":
		return value(f.Old) + " -> (not set)"
	default:
		return value(f.Old) + " -> " + value(f.New)
	}
}

// longValue is how many bytes of a value are still shown as they are.
const longValue = 200

// value shows a literal value: quoted where its borders would not be seen, by its size where it is long.
func value(text string) string {
	if lines := strings.Count(strings.TrimRight(text, "\n"), "\n") + 1; lines > 1 {
		return fmt.Sprintf("(%d lines, %d bytes)", lines, len(text))
	}
	if len(text) > longValue {
		return fmt.Sprintf("(%d bytes)", len(text))
	}
	if text != strings.TrimSpace(text) || strings.Contains(text, " -> ") {
		return fmt.Sprintf("%q", text)
	}
	return clean(text)
}

// Differences writes how two preseeds differ, for people.
func Differences(w io.Writer, paint Paint, changes []plan.Change) {
	for _, run := range runs(changes, alikeChanges) {
		change(w, paint, run, false)
	}
	if len(changes) == 0 {
		fmt.Fprintln(w, "They say the same.")
		return
	}
	s := (&plan.Plan{Changes: changes}).Summary()
	differ := "differ"
	if s.Update == 1 {
		differ = "differs"
	}
	fmt.Fprintf(w, "\n%d only in the second, %d %s, %d only in the first.\n", s.Create, s.Update, differ, s.Delete)
}

// LineDiff writes how a file changes, as a unified diff.
func LineDiff(w io.Writer, paint Paint, name string, before, after []byte) {
	for line := range strings.Lines(string(diff.Diff(name, before, name+" formatted", after))) {
		line = strings.TrimSuffix(line, "\n")
		fmt.Fprintln(w, paint.in(lineColor(line+" "), clean(line)))
	}
}
