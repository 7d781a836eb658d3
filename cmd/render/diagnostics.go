package render

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

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
		defer fmt.Fprintf(w, "\nand %s more; --format json has all of them\n", schema.Count(more, "finding"))
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
	return map[string]string{"error": red, "warning": yellow, "note": cyan}[sarifLevel(s)]
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
