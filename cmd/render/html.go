package render

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"

	"clusterctl/cmd/session"
	"clusterctl/plan"
	"clusterctl/schema"
)

//go:embed page.html.tmpl
var pageText string

// page needs no network and no script: its only style is in it, and its policy lets nothing else in. What comes from
// preseeds and servers is text to html/template, whatever it has in it.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"title":  func(r schema.RaftRole) string { return string(r) },
	"danger": func(r plan.Risk) bool { return r.Level == plan.RiskHigh }, "risk": risk, "where": where,
	"roleText": RoleText, "named": named, "place": place, "label": label, "lines": lineDiff, "values": values,
	"symbol":  func(a plan.Action) string { symbol, _ := mark(a); return symbol },
	"changes": func(runs [][]plan.Change) string { return schema.Count(len(slices.Concat(runs...)), "change") },
}).Parse(pageText))

// shown is what the template asks for.
type shown struct {
	Title, Headline, Verdict string
	Files                    []string
	Refused                  bool
	Rehearsal                *plan.Rehearsal
	Domains                  []domainShown
	Problems                 schema.Diagnostics
	Kinds                    [][][]plan.Change
	Stages                   [][]stepShown
	Unseen                   []plan.Unseen
	Status                   *session.Status
	// Objects are the lines on pools and networks of a status.
	Objects string
}

// domainShown are the members of a failure domain.
type domainShown struct {
	Name    string
	Members []session.Pictured
}

type stepShown struct {
	plan.Step
	Number int
	// After are the numbers of the steps that it waits for.
	After []int
}

// PlanPage writes a plan as a page for a browser: the members before and after, changes by kind, the steps as a graph
// in stages, what speaks against it, what was not seen.
func PlanPage(w io.Writer, h Header, p *plan.Plan, members []session.Pictured) {
	write(w, shown{Title: "clusterctl plan", Headline: headline(h.Facts), Verdict: Summary(p), Files: h.Files,
		Refused: p.Refused(), Rehearsal: p.Rehearsal,
		Domains: domains(members), Problems: p.Diagnostics, Kinds: byKinds(p.Changes), Stages: stages(p.Steps),
		Unseen: p.Unseen})
}

// FailedPage writes why there is no plan: the error, and what was found in the files.
func FailedPage(w io.Writer, err error, found schema.Diagnostics) {
	write(w, shown{Title: "clusterctl plan", Headline: Clean(ErrorText(err)), Verdict: "There is no plan", Refused: true,
		Problems: found})
}

// StatusPage writes a status as a page for a browser.
func StatusPage(w io.Writer, s session.Status) {
	var objects strings.Builder
	if s.Cluster.Source != "raft_nodes" {
		objectLines(&objects, Paint{}, "Storage pools", s.Pools)
		objectLines(&objects, Paint{}, "Networks", s.Networks)
	}
	write(w, shown{Objects: objects.String(), Title: "clusterctl status", Headline: statusHeadline(s),
		Verdict: s.Cluster.Quorum.String(),
		Refused: s.Cluster.Quorum.Known && s.Cluster.Quorum.Online < s.Cluster.Quorum.Needed, Problems: s.Diagnostics,
		Status: &s})
}

func write(w io.Writer, s shown) { _ = page.Execute(w, s) } // a page that is cut off is seen where it is looked at

// domains puts members, which are in the order of their domains, together.
func domains(members []session.Pictured) []domainShown {
	var out []domainShown
	for _, m := range members {
		name := m.Domain()
		if len(out) == 0 || out[len(out)-1].Name != name {
			out = append(out, domainShown{Name: name})
		}
		last := &out[len(out)-1]
		last.Members = append(last.Members, m)
	}
	return out
}

// byKinds puts changes that are alike together, and those of a kind.
func byKinds(changes []plan.Change) [][][]plan.Change {
	var out [][][]plan.Change
	at := map[schema.KindName]int{}
	for _, run := range runs(changes, alikeChanges) {
		kind := run[0].Ref.Kind
		if _, known := at[kind]; !known {
			at[kind], out = len(out), append(out, nil)
		}
		out[at[kind]] = append(out[at[kind]], run)
	}
	return out
}

// place is a line of a file; empty for none.
func place(p schema.Position) string {
	if p.Line == 0 {
		return ""
	}
	p.Column = 0
	return p.String()
}

// stages puts each step behind all that it waits for: those of a stage may run at the same time.
func stages(list []plan.Step) [][]stepShown {
	number, stage := map[plan.StepID]int{}, map[plan.StepID]int{}
	var out [][]stepShown
	for i, s := range list {
		number[s.ID] = i + 1
		one := stepShown{Step: s, Number: i + 1}
		for _, need := range s.Needs {
			stage[s.ID] = max(stage[s.ID], stage[need]+1)
			one.After = append(one.After, number[need])
		}
		if stage[s.ID] == len(out) {
			out = append(out, nil)
		}
		out[stage[s.ID]] = append(out[stage[s.ID]], one)
	}
	return out
}
