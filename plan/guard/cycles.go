package guard

import (
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Cycles refuses steps of which each waits for the next, and the last for the first.
func Cycles(steps []plan.Step, cycles [][]plan.StepID) schema.Diagnostics {
	var out schema.Diagnostics
	for _, cycle := range cycles {
		var words []string
		for _, id := range append(cycle, cycle[0]) {
			words = append(words, string(id))
		}
		first := steps[slices.IndexFunc(steps, func(s plan.Step) bool { return s.ID == cycle[0] })]
		diag := plan.Refusal(plan.CodeCycle, first.At, first.Cause, "cannot find an order: each of these steps needs the next: %s", strings.Join(words, ", "))
		diag.Hint = "make them in two runs: leave one of the references out first"
		out = append(out, diag)
	}
	return out
}
