package render_test

import (
	"bytes"
	"testing"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

func TestFindingsText(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	render.Findings(&b, render.Paint{}, diagnosis())
	render.Findings(&b, render.Paint{}, diagnosis([]care.Finding{
		{Diagnostic: schema.Diagnostic{Severity: schema.SeverityError, Code: "raft-ghost",
			Summary: "the Raft configuration has a ghost",
			Detail:  "It counts.", Hint: "clusterctl doctor --fix"}, Steps: []plan.Step{{ID: "remove-raft:x",
			Title: "Remove x"}}},
		{Diagnostic: schema.Diagnostic{Severity: schema.SeverityWarning, Code: "clock-skew",
			Summary: "a clock is behind"}},
	}...))
	const head = "Cluster of 2 members, lxd 5.0.2, read from its database, leader node1.\nFiles: preseed.yaml, access.yaml\n\n"
	const want = head + "Nothing is wrong.\n" + head + `error: the Raft configuration has a ghost [raft-ghost]
  It counts.
  fix: clusterctl doctor --fix

warning: a clock is behind [clock-skew]

2 findings, 1 of them can be mended with --fix.
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// diagnosis has findings of the cluster that header is about.
func diagnosis(findings ...care.Finding) *session.Diagnosis {
	return &session.Diagnosis{Files: header().Files, Facts: header().Facts, Findings: findings}
}

func TestFindingsJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	render.JSON(&b, render.FindingsJSON(diagnosis(care.Finding{
		Diagnostic: schema.Diagnostic{Severity: schema.SeverityError, Code: "raft-ghost",
			Summary: "a ghost"}, Steps: []plan.Step{{Title: "Remove it"}}})))
	const want = `{
  "format_version": 1,
  "healthy": false,
  "findings": [
    {
      "severity": "error",
      "code": "raft-ghost",
      "summary": "a ghost",
      "repair": [
        "Remove it"
      ]
    }
  ],
  "unmade": [],
  "beyond": []
}
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
