package render

import (
	"fmt"
	"io"
	"strings"

	"clusterctl/cmd/session"
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
		return "Plan: " + schema.Count(s.Steps, "step") + ", before anything else can be planned. " +
			NotLookedAt(p.Unseen)
	case len(p.Changes) == 0:
		return "Plan: " + schema.Count(s.Steps, "step") + "."
	}
	line := fmt.Sprintf("Plan: %d to create, %d to update, %d to delete", s.Create, s.Update, s.Delete)
	for _, part := range []struct {
		n    int
		what string
	}{{s.Rebuild, "to make anew"}, {s.Resume, "to finish"}, {s.Refuse, "refused"}} {
		if part.n > 0 {
			line += fmt.Sprintf(", %d %s", part.n, part.what)
		}
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

// NotManaged lists what a cluster has and its files do not say, an object a line, with all that is to be known of it.
func NotManaged(w io.Writer, list []session.Unmanaged) {
	if len(list) == 0 {
		fmt.Fprintln(w, "\nThe files say all that the cluster has.")
		return
	}
	fmt.Fprintln(w, "\nNot managed, since the files do not say it; clusterctl show KIND/NAME has the values:")
	for _, u := range list {
		line := u.Ref.String()
		if len(u.Keys) > 0 {
			line += ": " + strings.Join(u.Keys, ", ")
		}
		fmt.Fprint(w, wrap("- "+clean(line), "  "))
	}
}

// UnmanagedLines says the same in short, below a plan: objects that the files do not have at all stand together where
// there are many of a kind; compact tells their number alone.
func UnmanagedLines(w io.Writer, paint Paint, list []session.Unmanaged, compact bool) {
	if compact && len(list) > 0 {
		fmt.Fprintln(w, paint.in(dim, "not managed: "+schema.Count(len(list), "object")+
			"; --show-unmanaged lists them"))
		return
	}
	for _, run := range runs(list, unmanagedAlike) {
		first := run[0]
		line := "not managed: " + words(first)
		switch {
		case len(first.Keys) > 0:
			line = "not managed: " + strings.Join(first.Keys, ", ") + " in " + words(first)
		case len(run) > 1:
			line += fmt.Sprintf(" ... %s (%d)", run[len(run)-1].Ref.Name, len(run))
		}
		fmt.Fprintln(w, paint.in(dim, clean(line)))
	}
}

func unmanagedAlike(a, b session.Unmanaged) bool {
	return a.Ref.Kind == b.Ref.Kind && a.Ref.Project == b.Ref.Project && len(a.Keys)+len(b.Keys) == 0
}

// words names an object in a sentence, as steps do: "network ACL web", "profile web/small" of another project than the
// default one.
func words(u session.Unmanaged) string {
	if u.Ref == plan.ServerRef() {
		return u.Title // there is one
	}
	_, name, _ := strings.Cut(u.Ref.String(), "/")
	return u.Title + " " + name
}
