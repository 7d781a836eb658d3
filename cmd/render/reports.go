package render

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/schema"
)

// Sarif writes diagnostics as a log of SARIF 2.1.0, which code scanning of forges and editors read; version is that of
// this program.
func Sarif(w io.Writer, version string, ds schema.Diagnostics) {
	log, err := sarif.New(sarif.Version210)
	if err != nil {
		panic("render: the library knows no SARIF 2.1.0: " + err.Error())
	}
	run := sarif.NewRun(*sarif.NewTool(sarif.NewVersionedDriver("clusterctl", version)))
	for _, d := range ds {
		code := string(d.Code)
		if text, ok := schema.Explain(d.Code); ok {
			first, _, _ := strings.Cut(text, ". ")
			first = strings.TrimSuffix(strings.ReplaceAll(first, "\n", " "), ".") + "."
			run.AddRule(code).WithTextHelp(text).WithDescription(first)
		}
		result := run.CreateResultForRule(code).WithLevel(sarifLevel(d.Severity)).
			WithMessage(sarif.NewTextMessage(oneText(d)))
		if d.File != "" && d.File != "-" {
			result.AddLocation(sarif.NewLocationWithPhysicalLocation(sarifPlace(d.Position)))
		}
	}
	log.AddRun(run)
	_ = log.PrettyWrite(w)
	fmt.Fprintln(w)
}

func sarifPlace(at schema.Position) *sarif.PhysicalLocation {
	place := sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(at.File))
	if at.Line < 1 {
		return place
	}
	region := sarif.NewRegion().WithStartLine(at.Line)
	if at.Column > 0 {
		region.WithStartColumn(at.Column)
	}
	return place.WithRegion(region)
}

// sarifLevel is also the word of GitHub's annotations, but for "note", which is "notice" there.
func sarifLevel(s schema.Severity) string {
	switch s {
	case schema.SeverityError, schema.SeverityRefusal:
		return "error"
	case schema.SeverityWarning:
		return "warning"
	}
	return "note"
}

// oneText is what a diagnostic says without its place: summary, reason and the way on.
func oneText(d schema.Diagnostic) string {
	texts := []string{d.Summary}
	if d.Detail != "" {
		texts = append(texts, d.Detail)
	}
	if d.Hint != "" {
		texts = append(texts, "Fix: "+d.Hint)
	}
	for i, text := range texts {
		if !strings.ContainsAny(text[len(text)-1:], ".?!:") {
			texts[i] += "."
		}
	}
	return Clean(strings.Join(texts, " "))
}

type codeQuality struct {
	Description string `json:"description"`
	CheckName   string `json:"check_name"`
	Fingerprint string `json:"fingerprint"`
	Severity    string `json:"severity"`
	Location    struct {
		Path  string `json:"path"`
		Lines struct {
			Begin int `json:"begin"`
		} `json:"lines"`
	} `json:"location"`
}

// CodeQuality returns diagnostics as GitLab's report of that name has them. Those that lead to no file are left out:
// it has no place for them.
func CodeQuality(ds schema.Diagnostics) any {
	list := []codeQuality{}
	seen := map[string]int{}
	for _, d := range ds {
		if d.File == "" || d.File == "-" {
			continue
		}
		// Without the line: a finding that moves is the same one. The same again is another one.
		same := d.File + "\n" + string(d.Code) + "\n" + d.Summary
		seen[same]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", same, seen[same]))
		q := codeQuality{Description: oneText(d), CheckName: string(d.Code), Fingerprint: hex.EncodeToString(sum[:]),
			Severity: map[string]string{"error": "major", "warning": "minor", "note": "info"}[sarifLevel(d.Severity)]}
		q.Location.Path, q.Location.Lines.Begin = d.File, max(d.Line, 1)
		list = append(list, q)
	}
	return list
}

// PlanReport returns the counts of a plan as GitLab's report "terraform" has them, for the widget of a merge request.
func PlanReport(p *plan.Plan) any {
	s := p.Summary()
	return map[string]int{"create": s.Create, "update": s.Update + s.Resume, "delete": s.Delete}
}

// mostAnnotations is how many annotations of a kind GitHub shows of one step; it drops the rest without a word.
const mostAnnotations = 10

// Annotations writes diagnostics as workflow commands of GitHub, errors first. Beyond ten of a kind the last one says
// how many more there are.
func Annotations(w io.Writer, ds schema.Diagnostics) {
	for _, level := range []string{"error", "warning", "note"} {
		of := schema.Filter(ds, func(d schema.Diagnostic) bool { return sarifLevel(d.Severity) == level })
		command := strings.Replace(level, "note", "notice", 1)
		shown := of
		if len(of) > mostAnnotations {
			shown = of[:mostAnnotations-1]
		}
		for _, d := range shown {
			annotation(w, command, d)
		}
		if more := len(of) - len(shown); more > 0 {
			fmt.Fprintf(w, "::%s::and %s more of this kind; the log has all of them\n", command,
				schema.Count(more, "finding"))
		}
	}
}

// escapeData and escapeProperty keep a text within its command, as GitHub's own toolkit does.
var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func annotation(w io.Writer, command string, d schema.Diagnostic) {
	var properties []string
	add := func(name, value string) {
		properties = append(properties, name+"="+escapeProperty.Replace(Clean(value)))
	}
	if d.File != "" && d.File != "-" {
		add("file", d.File)
		if d.Line > 0 {
			add("line", fmt.Sprint(d.Line))
		}
		if d.Column > 0 {
			add("col", fmt.Sprint(d.Column))
		}
	}
	if d.Code != "" {
		add("title", string(d.Code))
	}
	fmt.Fprintf(w, "::%s %s::%s\n", command, strings.Join(properties, ","), escapeData.Replace(oneText(d)))
}

// metrics are written in Prometheus's text format, as the textfile collector of its node exporter reads them.
type metrics struct{ w io.Writer }

// gauge writes one metric: its values by their label, which is the empty text where there is none.
func (m metrics) gauge(name, help, label string, values map[string]float64) {
	fmt.Fprintf(m.w, "# HELP clusterctl_%s %s\n# TYPE clusterctl_%s gauge\n", name, help, name)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if label == "" {
			fmt.Fprintf(m.w, "clusterctl_%s %v\n", name, values[key])
			continue
		}
		fmt.Fprintf(m.w, "clusterctl_%s{%s=%q} %v\n", name, label, clean(key), values[key])
	}
}

func (m metrics) count(name, help string, value int) {
	m.gauge(name, help, "", map[string]float64{"": float64(value)})
}

// PlanMetrics writes what of a plan a monitoring asks for: how far the cluster is from its preseed.
func PlanMetrics(w io.Writer, p *plan.Plan) {
	m, s := metrics{w}, p.Summary()
	m.gauge("plan_changes", "Objects that are not as the preseed says.", "action", map[string]float64{
		"create": float64(s.Create), "update": float64(s.Update), "delete": float64(s.Delete),
		"resume": float64(s.Resume), "rebuild": float64(s.Rebuild)})
	m.count("plan_steps", "Steps that would make them so.", s.Steps)
	m.count("plan_unseen", "What the preseed declares and nobody could look at.", len(p.Unseen))
	refused := 0
	if p.Refused() {
		refused = 1
	}
	m.count("plan_refused", "1 when a guard refuses the plan.", refused)
}

// StatusMetrics writes what of a status a monitoring asks for. What is not known is left out.
func StatusMetrics(w io.Writer, s session.Status) {
	m := metrics{w}
	states, ages := map[string]float64{}, map[string]float64{}
	for _, member := range s.Members {
		states[member.State]++
		if member.HeartbeatMS >= 0 {
			ages[member.Name] = float64(member.HeartbeatMS) / 1000
		}
	}
	m.gauge("members", "Members by their state.", "state", states)
	m.gauge("member_heartbeat_age_seconds", "Age of each member's last heartbeat.", "member", ages)
	if q := s.Cluster.Quorum; q.Known {
		m.count("voters", "Members that vote.", q.Voters)
		m.count("voters_online", "Voters that are online.", q.Online)
		m.count("quorum_margin", "Voters online beyond those that are needed; below 0 there is no quorum.",
			q.Online-q.Needed)
	}
}
