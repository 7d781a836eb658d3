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
		return "No changes in what could be seen" + limits(p) + ". " + NotLookedAt(p.Unseen)
	case p.Empty() && p.Limited():
		return "No changes in what was asked for" + limits(p) + "."
	case p.Empty():
		return "No changes. The cluster is as the preseed says."
	case p.ComesFirst():
		return "Plan: " + schema.Count(s.Steps, "step") + ", before anything else can be planned. " + NotLookedAt(p.Unseen)
	case len(p.Changes) == 0:
		return "Plan: " + schema.Count(s.Steps, "step") + "."
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
	line += ", " + schema.Count(s.Steps, "step")
	if p.Limited() {
		line += "; in what was asked for" + limits(p)
	}
	line += "."
	if p.Incomplete() {
		line += " " + NotLookedAt(p.Unseen)
	}
	return line
}

// limits says what a plan is about, and what was left out of it, unless it is about all that the preseed says.
func limits(p *plan.Plan) string {
	var out string
	if len(p.Targets) > 0 {
		out = ": " + clean(strings.Join(p.Targets, ", "))
	}
	if len(p.Excludes) > 0 {
		out += "; left out: " + clean(strings.Join(p.Excludes, ", "))
	}
	return out
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
