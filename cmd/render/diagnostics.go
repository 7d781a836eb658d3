package render

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// DiagnosticsFormat is the version of the JSON that [DiagnosticsJSON] writes.
const DiagnosticsFormat = 1

// mostShown is how many diagnostics people are shown; after so many the cause is another one.
const mostShown = 100

// Diagnostics writes each diagnostic with its place, an excerpt with a caret, the reason and the way on; of very many
// the first hundred.
func Diagnostics(w io.Writer, p Paint, ds schema.Diagnostics) {
	if more := len(ds) - mostShown; more > 0 {
		defer fmt.Fprintf(w, "\nand %s more; --format json has all of them\n", Count(more, "finding"))
		ds = ds[:mostShown]
	}
	for i, d := range ds {
		if i > 0 {
			fmt.Fprintln(w)
		}
		diagnostic(w, p, d)
	}
}

func diagnostic(w io.Writer, p Paint, d schema.Diagnostic) {
	if at := d.String(); at != "" {
		fmt.Fprintf(w, "%s: ", p.in(bold, clean(at)))
	}
	fmt.Fprintf(w, "%s: %s", p.in(severityColor(d.Severity), string(d.Severity)), clean(d.Summary))
	if d.Code != "" {
		fmt.Fprintf(w, " %s", p.in(dim, "["+string(d.Code)+"]"))
	}
	fmt.Fprintln(w)
	if d.Excerpt != "" {
		excerpt(w, p, d)
	}
	for _, other := range d.Related {
		fmt.Fprintf(w, "  see also %s\n", clean(other.String()))
	}
	if d.Detail != "" {
		fmt.Fprint(w, wrap(Clean(d.Detail), "  "))
	}
	if d.Hint != "" {
		fmt.Fprint(w, p.in(cyan, strings.TrimSuffix(wrap("fix: "+Clean(d.Hint), "  "), "\n")), "\n")
	}
}

// excerpt shows the line with its number and a caret under the column. Tabs are kept before the caret, so that it
// stands right however wide they are shown.
func excerpt(w io.Writer, p Paint, d schema.Diagnostic) {
	number := fmt.Sprintf("%5d", d.Line)
	fmt.Fprintf(w, "%s | %s\n", p.in(dim, number), clean(d.Excerpt))
	if d.Column < 1 {
		return
	}
	before := []rune(d.Excerpt)
	before = before[:min(d.Column-1, len(before))]
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string(before))
	fmt.Fprintf(w, "%s | %s%s\n", strings.Repeat(" ", len(number)), pad, p.in(red, "^"))
}

// Clean makes control characters visible, except the line ends of a text that has lines.
func Clean(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return strings.Join(lines, "\n")
}

func severityColor(s schema.Severity) string {
	switch s {
	case schema.SeverityError, schema.SeverityRefusal:
		return red
	case schema.SeverityWarning:
		return yellow
	default:
		return cyan
	}
}

// DiagnosticsJSON returns {format_version, valid, diagnostics}.
func DiagnosticsJSON(ds schema.Diagnostics) any {
	return struct {
		Format      int                `json:"format_version"`
		Valid       bool               `json:"valid"`
		Diagnostics schema.Diagnostics `json:"diagnostics"`
	}{DiagnosticsFormat, !ds.Has(schema.SeverityError), append(schema.Diagnostics{}, ds...)}
}

// JSON writes a value as people read JSON: indented, without escaping < > &.
func JSON(w io.Writer, value any) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(value)
}

// manyAlike is how many entries in a row must be alike to be shown as one.
const manyAlike = 4

// runs cuts a list into runs of entries that are alike, and what is no long run into single entries.
func runs[T any](list []T, alike func(a, b T) bool) [][]T {
	var out [][]T
	for len(list) > 0 {
		n := 1
		for n < len(list) && alike(list[0], list[n]) {
			n++
		}
		if n < manyAlike {
			n = 1
		}
		out = append(out, list[:n])
		list = list[n:]
	}
	return out
}

// alikeChanges reports the same differences of two objects of a kind.
func alikeChanges(a, b plan.Change) bool {
	return a.Action == b.Action && a.Reason == b.Reason && a.Ref.Kind == b.Ref.Kind && a.Ref.Project == b.Ref.Project &&
		slices.EqualFunc(a.Fields, b.Fields, func(f, g plan.FieldChange) bool {
			f.At = g.At
			return f == g
		})
}

// alikeSteps reports steps that do the same to two objects.
func alikeSteps(a, b plan.Step) bool {
	return where(a) == where(b) && a.Op.Kind == b.Op.Kind && a.Risk == b.Risk && a.Cause.Kind == b.Cause.Kind &&
		titleFor(a, "") == titleFor(b, "")
}

// titleFor is the title of a step with another name in the place of its object's.
func titleFor(s plan.Step, name string) string {
	return strings.Replace(s.Title, s.Cause.Name, name, 1)
}

// named is what a run of changes is about: "profile/p1", or "profile/p1 ... profile/p200 (200 alike)".
func named(run []plan.Change) string {
	first, last := run[0].Ref, run[len(run)-1].Ref
	if len(run) == 1 {
		return first.String()
	}
	return fmt.Sprintf("%s ... %s (%d alike)", first, last, len(run))
}

// titled is what a run of steps does.
func titled(run []plan.Step) string {
	if len(run) == 1 {
		return run[0].Title
	}
	return titleFor(run[0], run[0].Cause.Name+" ... "+run[len(run)-1].Cause.Name)
}

// numbered are the numbers of a run of steps that begins with that one: "7", "7-206".
func numbered(first, length int) string {
	if length == 1 {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d-%d", first, first+length-1)
}

// manyChanges is how many changes are counted by kind.
const manyChanges = 20

// byKind counts changes by the kind of their objects, where there are many.
func byKind(changes []plan.Change) string {
	if len(changes) < manyChanges {
		return ""
	}
	counts := map[string]int{}
	for _, c := range changes {
		counts[strings.ReplaceAll(string(c.Ref.Kind), "_", " ")]++
	}
	var parts []string
	for _, kind := range sortedNames(counts) {
		parts = append(parts, Count(counts[kind], kind))
	}
	return "Changes by kind: " + strings.Join(parts, ", ") + "."
}
