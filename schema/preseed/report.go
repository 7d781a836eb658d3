package preseed

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"clusterctl/schema"
)

// report collects diagnostics and knows the lines of the input for their excerpts.
type report struct {
	lines map[string][]string
	// parents has for each line of a file the one that it stands below; see there.
	parents map[string][]int
	list    schema.Diagnostics
	// said has what is in the list, wrong the places of its errors.
	said  map[finding]bool
	wrong map[schema.Position]bool
	// templates are the words that something was still to fill in.
	templates templates
}

// finding is what makes two diagnostics the same.
type finding struct {
	severity schema.Severity
	at       schema.Position
	code     schema.Code
	summary  string
}

func newReport() *report {
	return &report{lines: map[string][]string{}, parents: map[string][]int{},
		said: map[finding]bool{}, wrong: map[schema.Position]bool{},
		templates: templates{map[schema.Position]string{}, map[schema.Position]string{}}}
}

func (r *report) clone() *report {
	return &report{lines: r.lines, parents: r.parents, templates: r.templates,
		list: slices.Clone(r.list), said: maps.Clone(r.said), wrong: maps.Clone(r.wrong)}
}

// take takes over what another report has.
func (r *report) take(other *report) {
	r.list = append(r.list, other.list...)
	maps.Copy(r.said, other.said)
	maps.Copy(r.wrong, other.wrong)
}

func (r *report) source(name, text string) {
	r.lines[name] = strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}

func (r *report) errorAt(at schema.Position, p schema.Problem) { r.add(schema.SeverityError, at, p) }
func (r *report) warningAt(at schema.Position, p schema.Problem) {
	r.add(schema.SeverityWarning, at, p)
}

// add notes a problem, unless the same one is noted there.
func (r *report) add(severity schema.Severity, at schema.Position, p schema.Problem, related ...schema.Position) {
	same := finding{severity, at, p.Code, p.Summary}
	if r.said[same] {
		return
	}
	r.said[same] = true
	r.wrong[at] = r.wrong[at] || severity == schema.SeverityError
	r.list = append(r.list, schema.Diagnostic{Severity: severity, Code: p.Code, Position: at,
		Summary: clip(p.Summary), Detail: clip(p.Detail), Hint: p.Hint, Excerpt: r.excerpt(at), Related: related})
}

// hasError reports whether there is an error at that place.
func (r *report) hasError(at schema.Position) bool { return r.wrong[at] }

// about notes what the last diagnostics, from number n on, are about.
func (r *report) about(n int, ref schema.Ref, member string) {
	for i := n; i < len(r.list); i++ {
		r.list[i].Ref, r.list[i].Member = ref, member
	}
}

// naming returns the place of a name in a claim: that of the word that it is, or its place in a word that is a list.
func (r *report) naming(c claim, name string) schema.Position {
	for _, w := range c.words {
		if w.text == name || w.text == "@"+name || strings.HasSuffix(name, "/"+w.text) {
			return w.at
		}
	}
	for _, w := range c.words {
		lines := r.lines[w.at.File]
		if !strings.Contains(w.text, ",") || w.at.Line < 1 || w.at.Line > len(lines) {
			continue
		}
		line := []rune(lines[w.at.Line-1])
		rest := string(line[min(max(w.at.Column-1, 0), len(line)):])
		before := strings.Index(rest, w.text)
		for item := range strings.SplitSeq(w.text, ",") {
			if strings.TrimSpace(item) == name && before >= 0 {
				w.at.Column += utf8.RuneCountInString(rest[:before+strings.Index(item, name)])
				return w.at
			}
			before += len(item) + 1
		}
	}
	return c.at
}

func (r *report) excerpt(at schema.Position) string {
	lines := r.lines[at.File]
	if at.Line < 1 || at.Line > len(lines) {
		return ""
	}
	if r.parents[at.File] == nil {
		r.parents[at.File] = parents(lines)
	}
	if belowSecret(lines, r.parents[at.File], at.Line-1) {
		return hidden
	}
	return clip(hideSecrets(strings.TrimRight(lines[at.Line-1], " \t")))
}

// clip shortens what is longer than anybody reads.
func clip(text string) string {
	const most = 1000
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}

// hidden stands for a line, or the end of one, that says a secret.
const hidden = "***"

var (
	secretKey     = `(?i)([\w.-]*pas+[wp]\w*|[\w.-]*(?:token|secret|[._]key))["']?\s*:`
	secretInLine  = regexp.MustCompile(secretKey + `\s*(\S.*)$`)
	secretLine    = regexp.MustCompile(secretKey)
	keyedLine     = regexp.MustCompile(`^\s*(?:- +)*["']?[\w.-]+["']?\s*:(?:\s|$)`)
	referenceLine = regexp.MustCompile(`^\s*(?:env|file|text)\s*:`)
	byReference   = regexp.MustCompile(`^\{\s*(?:env|file|text)\s*:[^}]*\}`)
)

// hideSecrets replaces what a line of input says of a secret in clear, up to its end. The keys are guessed, because a
// misspelt one has a secret behind it, too. A reference such as {env: X} is no secret.
func hideSecrets(line string) string {
	line = schema.WithoutPasswords(line)
	at := secretInLine.FindStringSubmatchIndex(line)
	if at == nil {
		return line
	}
	value := at[4]
	if reference := byReference.FindString(line[value:]); reference != "" {
		after := value + len(reference)
		return line[:after] + hideSecrets(line[after:])
	}
	return line[:value] + hidden
}

// belowSecret reports whether a line belongs to the value of a secret key above it, as YAML's indentation has it, or as
// somebody meant who got that wrong: the line is what the last key before it names.
func belowSecret(lines []string, parents []int, at int) bool {
	if referenceLine.MatchString(lines[at]) {
		return false
	}
	keyed, room := keyedLine.MatchString(lines[at]), indentation(lines[at])
	for i := at; ; {
		if !keyed {
			i--
		}
		for keyed && i >= 0 && indentation(lines[i]) >= room { // only lines that are indented less count
			i = parents[i]
		}
		switch {
		case i < 0:
			return false
		case strings.TrimSpace(lines[i]) == "":
			continue
		case (indentation(lines[i]) < room || !keyed) && secretLine.MatchString(lines[i]):
			return true
		}
		keyed = keyed || keyedLine.MatchString(lines[i])
		if room = min(room, indentation(lines[i])); room == 0 && keyed {
			return false
		}
	}
}

// parents has, for each line, the last one above it that is indented less, -1 where there is none.
func parents(lines []string) []int {
	out, open := make([]int, len(lines)), []int{-1}
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			out[i] = open[len(open)-1]
			continue
		}
		for len(open) > 1 && indentation(lines[open[len(open)-1]]) >= indentation(line) {
			open = open[:len(open)-1]
		}
		out[i] = open[len(open)-1]
		open = append(open, i)
	}
	return out
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// an returns the word with the article that fits.
func an(word string) string {
	if word != "" && strings.ContainsRune("aeiou", rune(strings.ToLower(word)[0])) {
		return "an " + word
	}
	return "a " + word
}

// quote returns a value for a message, cut when it is long.
func quote(value string) string {
	const most = 60
	if runes := []rune(value); len(runes) > most {
		value = string(runes[:most]) + "..."
	}
	return fmt.Sprintf("%q", value)
}
