package preseed

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"clusterctl/schema"
)

// tabMark stands for a tab within double quotes: a code point that is no character, for programs to use inside.
const tabMark = '\ufdd0'

// markTabs puts [tabMark] in place of the tabs within double quotes that belong to the text. For each of them the
// scanner of goccy/go-yaml 1.19 (scanner.go, scanDoubleQuote) passes over a character behind the closing quote. Where
// quotes are is asked of it with a blank in place of each tab, so that every place stays what it is.
func markTabs(text string) string {
	if !strings.Contains(text, "\t") || !strings.Contains(text, `"`) {
		return text
	}
	out := []rune(text)
	lines := []int{0}
	for i, c := range out {
		if c == '\n' {
			lines = append(lines, i+1)
		}
	}
	for _, tk := range lexer.Tokenize(strings.ReplaceAll(text, "\t", " ")) {
		if tk.Type != token.DoubleQuoteType || tk.Position.Line > len(lines) {
			continue
		}
		if at := lines[tk.Position.Line-1] + tk.Position.Column - 1; at < len(out) && out[at] == '"' {
			markQuoted(out[at+1:])
		}
	}
	return string(out)
}

// markQuoted marks the tabs of a text up to its closing quote, but for those at the ends of its lines, which fold.
func markQuoted(text []rune) {
	begun, tabs := true, []int(nil)
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			begun, tabs = false, nil
		case '\t':
			if begun {
				tabs = append(tabs, i)
			}
		case ' ', '\r':
		default:
			for _, tab := range tabs {
				text[tab] = tabMark
			}
			begun, tabs = true, nil
		}
		switch text[i] {
		case '"':
			return
		case '\\':
			i++
		}
	}
}

// unmarked gives a text its tabs back.
func unmarked(text string) string { return strings.ReplaceAll(text, string(tabMark), "\t") }

// checkEscapes refuses what an escape can make: a character that no server keeps, and one that is none, [tabMark].
func (t *tree) checkEscapes(tk *token.Token) {
	if mark := string(tabMark); strings.Count(tk.Value, mark) > strings.Count(tk.Origin, mark) {
		t.report.errorAt(t.position(tk), schema.Mistake(schema.CodeSyntax,
			`cannot use a text with \ufdd0 in it`, "That is no character.", "take it out"))
	}
	if strings.Contains(tk.Value, "\x00") {
		t.report.errorAt(t.position(tk), schema.Mistake(schema.CodeSyntax,
			"cannot use a text with the character of \\0 in it", "No server keeps one.",
			"take it out; a text with backslashes goes into single quotes"))
	}
}

// oneSeparator leaves one separator of documents where several follow each other with nothing but comments between
// them. The parser of goccy/go-yaml 1.19.2 (parser/token.go, createDocumentTokens) ends the file at a "---" that
// another one follows, without a word about what stands behind, and takes "---" after "..." of an empty document for
// a value. An empty document says nothing, so nothing is lost with its separator. A "---" is left before a "...": a
// directive (%YAML) before it needs one.
func oneSeparator(tokens token.Tokens) token.Tokens {
	out := make(token.Tokens, 0, len(tokens))
	last := -1 // where out has the separator that nothing but comments follows
	for _, tk := range tokens {
		switch {
		case !separates(tk):
			if tk.Type != token.CommentType {
				last = -1
			}
		case last < 0:
			last = len(out)
		case tk.Type == token.DocumentEndType:
			continue
		default:
			out = slices.Delete(out, last, last+1)
			last = len(out)
		}
		out = append(out, tk)
	}
	return out
}

func separates(tk *token.Token) bool {
	return tk.Type == token.DocumentHeaderType || tk.Type == token.DocumentEndType
}

// blockBefore is the header of a block of text at the end of a line with an empty line below it.
var blockBefore = regexp.MustCompile(`[|>][-0-9]*[ \t]*\n[ \t]*\n`)

// blocksSeen is how often a text is looked through for empty blocks: behind one, the library may see others.
const blocksSeen = 8

// endBlocks puts a comment in place of the first empty line below a block of text that has no text. Without it the
// scanner of goccy/go-yaml 1.19 (scanner.go) takes the "- " that follows at the left of the block for text. No place
// of anything else in the file changes.
func endBlocks(text string) string {
	for range blocksSeen {
		if !strings.ContainsAny(text, "|>") || !blockBefore.MatchString(text) { // the regular expression takes its time
			return text
		}
		lines := strings.Split(text, "\n")
		changed := false
		for _, tk := range lexer.Tokenize(text) {
			header := tk.Type == token.LiteralType || tk.Type == token.FoldedType
			if !header || tk.Next == nil || tk.Next.Value != "" || strings.Contains(tk.Value, "+") {
				continue // "+" keeps the empty lines as text
			}
			// The line behind the last one belongs to nobody.
			if below := tk.Position.Line; below < len(lines)-1 && strings.Trim(lines[below], " \t") == "" {
				lines[below], changed = "#", true
			}
		}
		if !changed {
			return text
		}
		text = strings.Join(lines, "\n")
	}
	return text
}
