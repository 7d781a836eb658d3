package render

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// FindingsFormat is the version of the JSON of doctor.
const FindingsFormat = 1

// Findings writes a diagnosis for people.
func Findings(w io.Writer, paint Paint, d *session.Diagnosis) {
	header(w, paint, Header{Facts: d.Facts, Files: d.Files})
	mended := len(schema.Filter(d.Findings, func(f care.Finding) bool { return len(f.Steps) > 0 }))
	line := schema.Count(len(d.Findings), "finding") + "."
	switch {
	case mended > 0:
		line = fmt.Sprintf("%s, %d of them can be mended with --fix.", schema.Count(len(d.Findings), "finding"), mended)
	case len(d.Findings) > 0:
	case d.Facts.Source == schema.SourceDump:
		line = "Nothing is wrong in what the dump tells."
	case len(d.Unmade) > 0:
		line = "Nothing is wrong in what was looked at."
	default:
		line = "Nothing is wrong."
	}
	if len(d.Findings) > 0 {
		Diagnostics(w, paint, d.Diagnostics())
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, paint.in(bold, line))
	unmade(w, d.Unmade)
	Beyond(w, d)
}

// Beyond lists what the connections do not let clusterctl do, by cause.
func Beyond(w io.Writer, d *session.Diagnosis) {
	members := map[string][]string{}
	for _, b := range d.Beyond {
		members[b.Cause] = append(members[b.Cause], b.Member)
	}
	for i, cause := range slices.Sorted(maps.Keys(members)) {
		if i == 0 {
			fmt.Fprintf(w, "\nNot possible with these connections: %s.\n", care.NeedRoot)
		}
		fmt.Fprint(w, wrap("- "+clean(strings.Join(members[cause], ", ")+": "+cause), "  "))
	}
}

// unmade lists the checks that were not made.
func unmade(w io.Writer, checks []care.Unmade) {
	if len(checks) == 0 {
		return
	}
	fmt.Fprintln(w, "\nNot looked at:")
	for _, u := range checks {
		fmt.Fprint(w, wrap("- "+clean(unmadeLine(u)), "  "))
	}
}

func unmadeLine(u care.Unmade) string {
	line := u.Check
	if u.Member != "" && !strings.Contains(u.Check, u.Member) {
		line = u.Member + ": " + line
	}
	if u.Cause != "" && !strings.Contains(u.Check, u.Cause) {
		line += " (" + u.Cause + ")"
	}
	return line
}

// Steps writes the steps of a plan with what they risk.
func Steps(w io.Writer, paint Paint, list []plan.Step) {
	fmt.Fprintln(w)
	steps(w, paint, list, false)
}

type findingJSON struct {
	schema.Diagnostic
	// Repair are the titles of the steps that mend it.
	Repair []string `json:"repair"`
}

// FindingsJSON returns what doctor writes in JSON.
func FindingsJSON(d *session.Diagnosis) any {
	list := []findingJSON{}
	for _, f := range d.Findings {
		j := findingJSON{Diagnostic: f.Diagnostic, Repair: []string{}}
		for _, s := range f.Steps {
			j.Repair = append(j.Repair, s.Title)
		}
		list = append(list, j)
	}
	return struct {
		Format   int           `json:"format_version"`
		Healthy  *bool         `json:"healthy"`
		Findings []findingJSON `json:"findings"`
		Unmade   []care.Unmade `json:"unmade"`
		Beyond   []care.Beyond `json:"beyond"`
	}{FindingsFormat, d.Healthy(), list, append([]care.Unmade{}, d.Unmade...), append([]care.Beyond{}, d.Beyond...)}
}
