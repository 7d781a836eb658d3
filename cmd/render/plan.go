package render

import (
	"fmt"
	"io"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Summary is the last line of a plan: "Plan: 3 to create, ..." or "No changes. ...".
func Summary(p *plan.Plan) string {
	s := p.Summary()
	switch {
	case p.Empty() && p.Refused():
		return "Nothing is planned."
	case p.Empty() && p.Incomplete():
		return "No changes in what could be seen. " + NotLookedAt(p.Unseen)
	case p.Empty():
		return "No changes. The cluster is as the preseed says."
	case p.Introduces():
		return "Plan: " + Count(s.Steps, "step") + ", before anything else can be planned. " + NotLookedAt(p.Unseen)
	case len(p.Changes) == 0:
		return "Plan: " + Count(s.Steps, "step") + "."
	}
	line := fmt.Sprintf("Plan: %d to create, %d to update, %d to delete", s.Create, s.Update, s.Delete)
	if s.Rebuild > 0 {
		line += fmt.Sprintf(", %d to make anew", s.Rebuild)
	}
	if s.Resume > 0 {
		line += fmt.Sprintf(", %d to finish", s.Resume)
	}
	if s.Refuse > 0 {
		line += fmt.Sprintf(", %d refused", s.Refuse)
	}
	line += ", " + Count(s.Steps, "step") + "."
	if p.Incomplete() {
		line += " " + NotLookedAt(p.Unseen)
	}
	return line
}

// NotLookedAt says what was not compared, and why: "Not looked at: the server keys of node3 (connection refused)." Of
// many things with one cause on one member the first is named and the rest counted.
func NotLookedAt(unseen []plan.Unseen) string {
	type group struct{ member, cause string }
	var order []group
	things := map[group][]string{}
	for _, u := range unseen {
		g := group{u.Member, u.Cause}
		if things[g] == nil {
			order = append(order, g)
		}
		things[g] = append(things[g], u.String())
	}
	var parts []string
	for _, g := range order {
		text := strings.Join(things[g], ", ")
		if n := len(things[g]) - 1; n > 2 {
			text = fmt.Sprintf("%s and %d more", things[g][0], n)
		}
		parts = append(parts, fmt.Sprintf("%s (%s)", text, g.cause))
	}
	return clean("Not looked at: " + strings.Join(parts, "; ") + ".")
}

// Count says how many there are: "1 step", "2 steps".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Plan writes a plan for people: header, changes, steps, what speaks against it, summary.
func Plan(w io.Writer, paint Paint, h Header, p *plan.Plan) {
	header(w, paint, h)
	for _, run := range runs(p.Changes, alikeChanges) {
		if h.Compact {
			compactChange(w, paint, run)
		} else {
			change(w, paint, run, false)
		}
	}
	if len(p.Changes) > 0 {
		fmt.Fprintln(w)
	}
	steps(w, paint, p.Steps, h.Compact)
	if len(p.Diagnostics) > 0 {
		Diagnostics(w, paint, p.Diagnostics)
		fmt.Fprintln(w)
	}
	if p.Refused() {
		fmt.Fprintf(w, "%s\n", paint.in(red, "This plan cannot be applied: see what was refused above."))
	}
	if kinds := byKind(p.Changes); kinds != "" {
		fmt.Fprintln(w, kinds)
	}
	fmt.Fprintln(w, paint.in(bold, Summary(p)))
	rehearsed(w, p.Rehearsal)
}

// rehearsed says what came of the plan on a copy of the cluster.
func rehearsed(w io.Writer, r *plan.Rehearsal) {
	if r == nil {
		return
	}
	fmt.Fprintln(w, clean(r.Text()))
	for _, line := range r.Differs {
		fmt.Fprintln(w, "  "+clean(line))
	}
	for _, line := range r.Proved() {
		fmt.Fprintln(w, clean(line))
	}
}

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

// steps lists steps, those that are alike as one; compact leaves out those that risk nothing.
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
	indent := strings.Repeat(" ", 2+digits+2+width+2)
	fmt.Fprintln(w, "Steps, in this order:")
	for _, l := range lines {
		step := l.run[0]
		pad := strings.Repeat(" ", width-len([]rune(where(step))))
		fmt.Fprintf(w, "  %*s  %s%s  %s\n", digits, l.number, clean(where(step)), pad, clean(titled(l.run)))
		if text := risk(step.Risk); text != "" {
			fmt.Fprintln(w, paint.in(riskColor(step.Risk.Level), strings.TrimSuffix(wrap(text, indent), "\n")))
		}
	}
	fmt.Fprintln(w)
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

func riskColor(l plan.Level) string {
	if l == plan.RiskHigh {
		return red
	}
	return yellow
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
