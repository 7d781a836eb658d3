package render

import (
	"fmt"
	"io"

	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// FindingsFormat is the version of the JSON of doctor.
const FindingsFormat = 1

// Findings writes a diagnosis for people.
func Findings(w io.Writer, paint Paint, d *session.Diagnosis) {
	findings := d.Findings
	header(w, paint, Header{Facts: d.Facts, Files: d.Files})
	if len(findings) == 0 {
		nothing := "Nothing is wrong."
		if d.Facts.Source == schema.SourceDump {
			nothing = "Nothing is wrong in what the dump tells."
		}
		fmt.Fprintln(w, paint.in(bold, nothing))
		return
	}
	mended := 0
	for _, f := range findings {
		if len(f.Steps) > 0 {
			mended++
		}
	}
	Diagnostics(w, paint, d.Diagnostics())
	fmt.Fprintln(w)
	line := Count(len(findings), "finding") + "."
	if mended > 0 {
		line = fmt.Sprintf("%s, %d of them can be mended with --fix.", Count(len(findings), "finding"), mended)
	}
	fmt.Fprintln(w, paint.in(bold, line))
}

// Steps writes the steps of a plan with what they risk.
func Steps(w io.Writer, paint Paint, list []plan.Step) {
	fmt.Fprintln(w)
	steps(w, paint, list)
}

type findingJSON struct {
	schema.Diagnostic
	// Repair are the titles of the steps that mend it.
	Repair []string `json:"repair"`
}

// FindingsJSON returns what doctor writes in JSON.
func FindingsJSON(findings []care.Finding) any {
	list := []findingJSON{}
	for _, f := range findings {
		j := findingJSON{Diagnostic: f.Diagnostic, Repair: []string{}}
		for _, s := range f.Steps {
			j.Repair = append(j.Repair, s.Title)
		}
		list = append(list, j)
	}
	return struct {
		Format   int           `json:"format_version"`
		Healthy  bool          `json:"healthy"`
		Findings []findingJSON `json:"findings"`
	}{FindingsFormat, len(findings) == 0, list}
}
