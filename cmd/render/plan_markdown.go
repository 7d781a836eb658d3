package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"clusterctl/plan"
)

// MarkdownBudget is the size in bytes that fits a comment of the common forges (65,536) with room to spare.
const MarkdownBudget = 60000

// PlanMarkdown writes a plan as a comment for a merge request, in at most budget bytes. What does not fit is cut
// from the bottom and counted: the headline and the problems come first, then deletions, changes, steps.
func PlanMarkdown(w io.Writer, h Header, p *plan.Plan, budget int) {
	var page markdown
	page.budget = budget
	fmt.Fprintf(&page.text, "<!-- clusterctl plan -->\n### %s\n\n%s\n", Summary(p), escape(headline(h.Facts)))
	if p.Refused() {
		fmt.Fprint(&page.text, "\n**This plan cannot be applied: see what was refused.**\n")
	}
	page.section("Problems", "text", problems(p))
	page.section("Deletions", "diff", changeLines(p, true))
	page.section("Changes", "diff", changeLines(p, false))
	page.section("Steps", "text", stepLines(p))
	_, _ = w.Write(page.text.Bytes())
}

// markdown collects sections until the budget is used up.
type markdown struct {
	text   bytes.Buffer
	budget int
}

// section adds entries in one fenced block, as many as fit; the rest is counted.
func (m *markdown) section(title, language string, entries []string) {
	if len(entries) == 0 {
		return
	}
	fence := fenceFor(entries)
	head := fmt.Sprintf("\n<details open><summary>%s (%d)</summary>\n\n%s%s\n", title, len(entries), fence, language)
	tail := fence + "\n\n</details>\n"
	const note = "\n%d of %d not shown: the comment would be too long.\n"
	room := m.budget - m.text.Len() - len(head) - len(tail) - len(note) - 20
	shown := 0
	for _, e := range entries {
		if room -= len(e); room < 0 {
			break
		}
		shown++
	}
	if shown > 0 {
		m.text.WriteString(head + strings.Join(entries[:shown], "") + tail)
	}
	if left := len(entries) - shown; left > 0 && m.budget-m.text.Len() > len(note)+len(title)+20 {
		fmt.Fprintf(&m.text, "\n%s: "+note[1:], title, left, len(entries))
	}
}

// fenceFor returns a fence longer than any run of backticks in the entries.
func fenceFor(entries []string) string {
	fence := "```"
	for _, e := range entries {
		for strings.Contains(e, fence) {
			fence += "`"
		}
	}
	return fence
}

func problems(p *plan.Plan) []string {
	var out []string
	for _, d := range p.Diagnostics {
		var b bytes.Buffer
		diagnostic(&b, Paint{}, d)
		out = append(out, b.String())
	}
	return out
}

// changeLines renders the changes that are, or are not, deletions, with the symbol first as "diff" wants it.
func changeLines(p *plan.Plan, deletions bool) []string {
	var out []string
	for _, c := range p.Changes {
		if (c.Action == plan.Delete) != deletions {
			continue
		}
		var b bytes.Buffer
		change(&b, Paint{}, c)
		out = append(out, strings.TrimPrefix(b.String(), "  "))
	}
	return out
}

func stepLines(p *plan.Plan) []string {
	var out []string
	for i, s := range p.Steps {
		line := fmt.Sprintf("%d. %s: %s\n", i+1, clean(where(s)), clean(s.Title))
		if text := risk(s.Risk); text != "" {
			line += "   " + text + "\n"
		}
		out = append(out, line)
	}
	return out
}

// escape keeps text from being read as Markdown or HTML.
func escape(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`, "`", "\\`", "@", "@\u200b").Replace(text)
}
