package render

import (
	"fmt"
	"io"
	"strings"

	"clusterctl/plan"
)

// steps lists steps, those that are alike as one, with each command line where it is first run; compact leaves out
// those that risk nothing.
func steps(w io.Writer, paint Paint, list []plan.Step, compact bool) {
	type line struct {
		number string
		run    []plan.Step
	}
	var lines []line
	digits, width, first := 0, 0, 1
	for _, run := range runs(list, alikeSteps) {
		l := line{numbered(first, len(run)), run}
		first += len(run)
		if compact && risk(run[0].Risk) == "" {
			continue
		}
		digits, width = max(digits, len(l.number)), max(width, len([]rune(where(run[0]))))
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return
	}
	indent, shown := strings.Repeat(" ", 2+digits+2+width+2), map[string]bool{}
	fmt.Fprintln(w, "Steps, in this order:")
	for _, l := range lines {
		step := l.run[0]
		pad := strings.Repeat(" ", width-len([]rune(where(step))))
		fmt.Fprintf(w, "  %*s  %s%s  %s\n", digits, l.number, clean(where(step)), pad, clean(titled(l.run)))
		if command := commandOf(step); command != "" && !shown[command] {
			shown[command] = true
			fmt.Fprintf(w, "%sruns: %s\n", indent, clean(command))
		}
		if text := risk(step.Risk); text != "" {
			color := yellow
			if step.Risk.Level == plan.RiskHigh {
				color = red
			}
			fmt.Fprintln(w, paint.in(color, strings.TrimSuffix(wrap(text, indent), "\n")))
		}
	}
	fmt.Fprintln(w)
}

// commandOf is the command line that a package's table or the operator gives for a step, all of it; empty for none, and
// where the title has it.
func commandOf(s plan.Step) string {
	if s.Op.Shell == nil || s.Op.Shell.Task != plan.TaskService {
		return ""
	}
	command := strings.ReplaceAll(strings.TrimSpace(s.Op.Shell.Text), "\n", "; ")
	if strings.Contains(s.Title, command) {
		return ""
	}
	return command
}

// where names the member that a step is about: the one that is asked, or the target of the call.
func where(s plan.Step) string {
	switch {
	case s.Member != "":
		return s.Member
	case s.Op.Request != nil && s.Op.Request.Target != "":
		return s.Op.Request.Target
	default:
		return "any"
	}
}

// risk says what a step risks; nothing for no or low risk.
func risk(r plan.Risk) string {
	if r.Level != plan.RiskMedium && r.Level != plan.RiskHigh {
		return ""
	}
	var parts []string
	if r.Stops != "" {
		parts = append(parts, "stops: "+r.Stops)
	}
	if r.Undo == "" {
		parts = append(parts, "cannot be undone")
	}
	if r.Before != r.After {
		parts = append(parts, fmt.Sprintf("database voters online %d -> %d, needed %d", r.Before.Online,
			r.After.Online, r.After.Needed))
	}
	return clean("! " + string(r.Level) + " risk: " + strings.Join(parts, "; "))
}
