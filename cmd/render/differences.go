package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"clusterctl/plan"
)

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
	fmt.Fprintf(w, "\n%d only in the second, %s, %d only in the first.\n", s.Create, differing(s.Update), s.Delete)
}

func differing(n int) string {
	if n == 1 {
		return "1 differs"
	}
	return fmt.Sprintf("%d differ", n)
}

// LineDiff writes how a file changes, as a unified diff.
func LineDiff(w io.Writer, paint Paint, name string, before, after []byte) {
	for line := range strings.Lines(string(diff.Diff(name, before, name+" formatted", after))) {
		line = strings.TrimSuffix(line, "\n")
		fmt.Fprintln(w, paint.in(lineColor(line+" "), clean(line)))
	}
}
