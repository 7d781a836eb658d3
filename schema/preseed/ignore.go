package preseed

import (
	"regexp"
	"slices"
	"strings"

	"clusterctl/schema"
)

// ignoring is a comment that silences warnings and advice of one code: in the line that they point at, or in lines of
// comments right above it. It says why.
var ignoring = regexp.MustCompile(`(^|\s)#\s*clusterctl:ignore\b[ \t]*(\S*)[ \t]*(.*)$`)

// heeding returns the diagnostics without those that a comment silences. Errors are never silenced.
func (r *report) heeding(found schema.Diagnostics) schema.Diagnostics {
	return slices.DeleteFunc(found, func(d schema.Diagnostic) bool {
		lines := r.lines[d.File]
		quiet := d.Severity == schema.SeverityWarning || d.Severity == schema.SeverityAdvice
		if !quiet || d.Line < 1 || d.Line > len(lines) {
			return false
		}
		for i := d.Line - 1; i >= 0; i-- {
			comment := strings.HasPrefix(strings.TrimSpace(lines[i]), "#")
			if i != d.Line-1 && !comment {
				return false
			}
			if m := ignoring.FindStringSubmatch(lines[i]); m != nil && m[2] == string(d.Code) && m[3] != "" {
				return true
			}
		}
		return false
	})
}

// checkIgnoring tells of comments that silence nothing, for want of a reason or of a code that there is.
func (r *report) checkIgnoring() {
	for file, lines := range r.lines {
		for i, line := range lines {
			at := strings.Index(line, "clusterctl:ignore")
			if at < 0 {
				continue
			}
			m := ignoring.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			place := schema.Position{File: file, Line: i + 1, Column: len([]rune(line[:at])) + 1}
			words := schema.Map(schema.Codes(), func(c schema.Code) string { return string(c) })
			switch {
			case !slices.Contains(words, m[2]):
				r.warningAt(place, schema.Mistake(schema.CodeIgnore,
					"this comment silences nothing: no message has the code "+quote(m[2]), "", schema.DidYouMean(m[2], words)))
			case m[3] == "":
				r.warningAt(place, schema.Mistake(schema.CodeIgnore, "this comment silences nothing: it does not say why", "",
					"write the reason behind the code: # clusterctl:ignore "+m[2]+" REASON"))
			}
		}
	}
}
