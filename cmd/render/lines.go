package render

import (
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"clusterctl/plan"
)

// longList is from how many bytes on a list is shown by what was added and removed.
const longList = 60

// lineDiff is how a value with several lines, or a long list, changes: the lines of a unified diff, each with its
// sign; nil for a value that fits its line.
func lineDiff(f plan.FieldChange) []string {
	before, after := f.Old, f.New
	switch {
	case f.Secret || before == "" || after == "":
		return nil
	case strings.HasPrefix(f.Path, "lists.") && len(before)+len(after) > longList:
		return listDiff(strings.Split(before, ","), strings.Split(after, ","))
	case !strings.Contains(strings.TrimRight(before, "\n"), "\n") &&
		!strings.Contains(strings.TrimRight(after, "\n"), "\n"):
		return nil
	}
	text := string(diff.Diff("", []byte(before), "", []byte(after)))
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return lines[min(3, len(lines)):] // the first three name the texts
}

// listDiff are the elements that only one of two lists has.
func listDiff(before, after []string) []string {
	var out []string
	for _, element := range before {
		if !slices.Contains(after, element) {
			out = append(out, "-"+element)
		}
	}
	for _, element := range after {
		if !slices.Contains(before, element) {
			out = append(out, "+"+element)
		}
	}
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
