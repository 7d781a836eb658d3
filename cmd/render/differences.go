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
