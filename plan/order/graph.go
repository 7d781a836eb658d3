package order

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/plan"
)

// Graph is the order of a plan's steps: which waits for which.
type Graph struct {
	steps []plan.Step
	index map[plan.StepID]int
	// needs are the edges that no others imply, stage how many steps have to be done before at least.
	needs [][]int
	stage []int
}

// Of returns the graph of steps that are in a valid order.
func Of(steps []plan.Step) Graph {
	g := Graph{steps: steps, index: map[plan.StepID]int{}, needs: make([][]int, len(steps)),
		stage: make([]int, len(steps))}
	for i, s := range steps {
		g.index[s.ID] = i
		for _, need := range s.Needs {
			n := g.index[need]
			g.needs[i] = append(g.needs[i], n)
			g.stage[i] = max(g.stage[i], g.stage[n]+1)
		}
		slices.Sort(g.needs[i])
		g.needs[i] = g.reduced(g.needs[i])
	}
	return g
}

// reduced leaves out what others of the steps need anyway, whether by one edge or many.
func (g Graph) reduced(needs []int) []int {
	if len(needs) < 2 {
		return needs
	}
	implied := map[int]bool{}
	var visit func(i int)
	visit = func(i int) {
		for _, n := range g.needs[i] {
			if !implied[n] && n >= needs[0] {
				implied[n] = true
				visit(n)
			}
		}
	}
	for _, n := range needs {
		visit(n)
	}
	return slices.DeleteFunc(needs, func(n int) bool { return implied[n] })
}

// Critical is the longest chain of steps of which each waits for the one before it.
func (g Graph) Critical() []plan.StepID {
	at := -1
	for i := range g.steps {
		if at < 0 || g.stage[i] > g.stage[at] {
			at = i
		}
	}
	var out []plan.StepID
	for at >= 0 {
		out = append(out, g.steps[at].ID)
		before := -1
		for _, n := range g.needs[at] {
			if before < 0 && g.stage[n] == g.stage[at]-1 {
				before = n
			}
		}
		at = before
	}
	slices.Reverse(out)
	return out
}

// String has a line per step, by stage: what it is, and what it waits for.
func (g Graph) String() string {
	var b strings.Builder
	steps := slices.Clone(g.steps)
	slices.SortStableFunc(steps, func(a, b plan.Step) int { return g.stage[g.index[a.ID]] - g.stage[g.index[b.ID]] })
	for _, s := range steps {
		fmt.Fprintf(&b, "%d %s", g.stage[g.index[s.ID]]+1, s.ID)
		for _, need := range g.needs[g.index[s.ID]] {
			fmt.Fprintf(&b, " < %s", g.steps[need].ID)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// Dot is the graph in the language of graphviz, with what is on the longest chain in bold.
func (g Graph) Dot() string {
	critical := map[plan.StepID]bool{}
	for _, id := range g.Critical() {
		critical[id] = true
	}
	var b strings.Builder
	b.WriteString("digraph plan {\n\trankdir=LR;\n\tnode [shape=box, style=rounded];\n")
	for _, s := range g.steps {
		color, style := map[plan.Level]string{plan.RiskHigh: "red", plan.RiskMedium: "orange"}[s.Risk.Level], "rounded"
		if critical[s.ID] {
			style = "rounded,bold"
		}
		if color == "" {
			color = "black"
		}
		fmt.Fprintf(&b, "\t%s [label=%s, color=%s, style=%q];\n", quoted(string(s.ID)), quoted(s.Title), color, style)
	}
	for i, needs := range g.needs {
		for _, n := range needs {
			fmt.Fprintf(&b, "\t%s -> %s;\n", quoted(string(g.steps[n].ID)), quoted(string(g.steps[i].ID)))
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// quoted is a text as the language of graphviz has it: only quotes are escaped, and a backslash at the end would
// escape one.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ").Replace(text) + `"`
}
