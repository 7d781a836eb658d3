package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// MarkdownBudget is the size in bytes that fits a comment of the common forges (65,536) with room to spare.
const MarkdownBudget = 60000

// PlanMarkdown writes a plan as a comment for a merge request, in at most budget bytes. What does not fit is cut
// from the bottom and counted: the headline and the problems come first, then deletions, changes, steps.
func PlanMarkdown(w io.Writer, h Header, p *plan.Plan, budget int) {
	var page markdown
	page.budget = budget
	fmt.Fprintf(&page.text, "<!-- clusterctl plan -->\n### %s\n\n%s\n", Summary(p), escape(headline(h.Facts)))
	if p.Rehearsal != nil {
		fmt.Fprintf(&page.text, "\n%s\n", escape(Clean(strings.Join(append([]string{p.Rehearsal.Text()},
			p.Rehearsal.Proved()...), "\n"))))
	}
	if p.Refused() {
		fmt.Fprint(&page.text, "\n**This plan cannot be applied: see what was refused.**\n")
	}
	page.section("Problems", "text", problems(p))
	page.section("Deletions", "diff", changeLines(p, true))
	page.section("Changes", "diff", changeLines(p, false))
	page.section("Steps", "text", stepLines(p))
	_, _ = w.Write(page.text.Bytes())
}

// FailedMarkdown writes, for a merge request, why there is no plan: the error, and what was found in the files.
func FailedMarkdown(w io.Writer, err error, found schema.Diagnostics) {
	page := markdown{budget: MarkdownBudget}
	const title = "<!-- clusterctl plan -->\n### There is no plan\n\n"
	fmt.Fprint(&page.text, title, escape(Clean(ErrorText(err))), "\n")
	page.section("Problems", "text", problems(&plan.Plan{Diagnostics: found}))
	_, _ = w.Write(page.text.Bytes())
}

// markdown collects sections until the budget is used up.
type markdown struct {
	text   bytes.Buffer
	budget int
}

// entry is the text of one problem or change, or of several steps or changes that are alike.
type entry struct {
	text string
	n    int
}

func counted(entries []entry) int {
	n := 0
	for _, e := range entries {
		n += e.n
	}
	return n
}

// section adds entries in one fenced block, as many as fit; the rest is counted.
func (m *markdown) section(title, language string, entries []entry) {
	if len(entries) == 0 {
		return
	}
	fence := fenceFor(entries)
	head := fmt.Sprintf("\n<details open><summary>%s (%d)</summary>\n\n%s%s\n", title, counted(entries), fence, language)
	tail := fence + "\n\n</details>\n"
	const note = "\n%d of %d not shown: the comment would be too long.\n"
	room := m.budget - m.text.Len() - len(head) - len(tail) - len(note) - 20
	shown := 0
	for _, e := range entries {
		if room -= len(e.text); room < 0 {
			break
		}
		shown++
	}
	if shown > 0 {
		m.text.WriteString(head)
		for _, e := range entries[:shown] {
			m.text.WriteString(e.text)
		}
		m.text.WriteString(tail)
	}
	if left := counted(entries[shown:]); left > 0 && m.budget-m.text.Len() > len(note)+len(title)+20 {
		fmt.Fprintf(&m.text, "\n%s: "+note[1:], title, left, counted(entries))
	}
}

// fenceFor returns a fence longer than any run of backticks in the entries.
func fenceFor(entries []entry) string {
	fence := "```"
	for _, e := range entries {
		for strings.Contains(e.text, fence) {
			fence += "`"
		}
	}
	return fence
}

func problems(p *plan.Plan) []entry {
	var out []entry
	for _, d := range p.Diagnostics {
		var b bytes.Buffer
		diagnostic(&b, Paint{}, d)
		out = append(out, entry{b.String(), 1})
	}
	return out
}

// changeLines renders the changes that are, or are not, deletions, with the symbol first as "diff" wants it. The
// forges colour "!" there and not "~".
func changeLines(p *plan.Plan, deletions bool) []entry {
	var out []entry
	for _, run := range runs(p.Changes, alikeChanges) {
		if run[0].Deletes() != deletions {
			continue
		}
		var b bytes.Buffer
		change(&b, Paint{}, run, true)
		text := strings.TrimPrefix(b.String(), "  ")
		if rest, ok := strings.CutPrefix(text, "~"); ok {
			text = "!" + rest
		}
		out = append(out, entry{text, len(run)})
	}
	return out
}

func stepLines(p *plan.Plan) []entry {
	var out []entry
	first := 1
	for _, run := range runs(p.Steps, alikeSteps) {
		line := fmt.Sprintf("%s. %s: %s\n", numbered(first, len(run)), clean(where(run[0])), clean(titled(run)))
		if text := risk(run[0].Risk); text != "" {
			line += "   " + text + "\n"
		}
		out = append(out, entry{line, len(run)})
		first += len(run)
	}
	return out
}

// escape keeps text from being read as Markdown or HTML.
func escape(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`, "`", "\\`", "@", "@\u200b").Replace(text)
}
