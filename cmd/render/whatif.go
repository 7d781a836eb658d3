package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/care"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// LossFormat is the version of the JSON of whatif.
const LossFormat = 1

// Loss writes for people what happens when members go down.
func Loss(w io.Writer, paint Paint, l care.Loss) {
	fmt.Fprintln(w, paint.in(bold, "If "+clean(strings.Join(l.Down, ", "))+goes(l.Down)))
	if l.StaysUp() {
		fmt.Fprintf(w, "  %s the database goes on: %s\n", paint.in(green, "+"), votersText(l.AtOnce))
		if l.NewLeader {
			fmt.Fprintln(w, "    the others elect a new leader, which takes some seconds; changes wait for it")
		}
		for _, m := range l.Moves {
			who := strings.Join(append([]string{m.Member}, m.Or...), " or ")
			fmt.Fprintf(w, "  %s %s becomes %s (now %s)\n", paint.in(yellow, "~"), clean(who), m.To, m.From)
		}
		fmt.Fprintf(w, "    afterwards: %s\n", margin(l.Settled))
	} else {
		fmt.Fprintf(w, "  %s the database stops: %s\n", paint.in(red, "!"), votersText(l.AtOnce))
		fmt.Fprintln(w, "    instances that run go on, and nothing can be changed until voters are back; nobody takes over by itself")
	}
	unreachable(w, paint, "instance", l.Instances, l.InstanceCounts)
	unreachable(w, paint, "custom volume", l.Volumes, l.VolumeCounts)
	unreachable(w, paint, "other object", l.Others, nil)
	for _, r := range l.Unmovable {
		fmt.Fprintf(w, "  %s no evacuation before with %s as it is: it has a disk without a pool, and the daemon would end; set its %s to stop first, or let clusterctl evacuate\n",
			paint.in(red, "!"), clean(r.String()), view.PolicyKey)
	}
	for _, fingerprint := range l.Images {
		fmt.Fprintf(w, "  %s no copy left of image %s\n", paint.in(red, "-"), clean(short(fingerprint)))
	}
	for _, u := range l.Uncovered {
		fmt.Fprintf(w, "  %s also there: %s of %s, which clusterctl does not know\n", paint.in(red, "-"), clean(u.String()),
			clean(u.Member))
	}
	if len(l.Instances)+len(l.InstanceCounts)+len(l.Volumes)+len(l.VolumeCounts)+len(l.Images)+len(l.Others)+
		len(l.Uncovered) == 0 {
		fmt.Fprintln(w, "  nothing lives there: no instance, no custom volume, no last copy of an image")
	}
}

func goes(members []string) string {
	if len(members) == 1 {
		return " goes down:"
	}
	return " go down at the same moment:"
}

func votersText(v plan.Voters) string {
	return fmt.Sprintf("%s online, %d needed", schema.Count(v.Online, "voter"), v.Needed)
}

func margin(v plan.Voters) string {
	text := votersText(v) + ", no more may fail"
	if more := v.Online - v.Needed; more > 0 {
		text = fmt.Sprintf("%s, %d more may fail", votersText(v), more)
	}
	return text
}

// unreachable lists what lives on the members: by name where names were read, else by count.
func unreachable(w io.Writer, paint Paint, noun string, refs []schema.Ref, counts map[string]int) {
	symbol := paint.in(red, "-")
	if len(refs) > 0 {
		var names []string
		times := map[schema.Ref]int{}
		for _, r := range refs {
			times[r]++
		}
		for _, r := range slices.Compact(slices.Clone(refs)) {
			_, name, _ := strings.Cut(r.String(), "/")
			if n := times[r]; n > 1 {
				name += fmt.Sprintf(" on %d members", n)
			}
			names = append(names, name)
		}
		fmt.Fprintf(w, "  %s not reachable: %s: %s\n", symbol, schema.Count(len(refs), noun),
			clean(strings.Join(names, ", ")))
		return
	}
	for _, member := range schema.SortedKeys(counts) {
		fmt.Fprintf(w, "  %s not reachable: %s on %s\n", symbol, schema.Count(counts[member], noun), clean(member))
	}
}

// LossJSON returns what whatif writes in JSON.
func LossJSON(l care.Loss) any {
	out := struct {
		Format  int      `json:"format_version"`
		Down    []string `json:"down"`
		StaysUp bool     `json:"stays_up"`
		care.Loss
		AlsoThere map[string]int `json:"also_there"`
	}{LossFormat, l.Down, l.StaysUp(), l, map[string]int{}}
	for _, u := range l.Uncovered {
		out.AlsoThere[u.Table] += u.Rows
	}
	out.Moves = []view.RoleMove{}
	for _, m := range l.Moves {
		m.Or = append([]string{}, m.Or...)
		out.Moves = append(out.Moves, m)
	}
	for _, refs := range []*[]schema.Ref{&out.Instances, &out.Volumes, &out.Others, &out.Unmovable} {
		*refs = append([]schema.Ref{}, *refs...)
	}
	out.Images = append([]string{}, l.Images...)
	return out
}
