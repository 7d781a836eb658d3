package preseed

import (
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

// checkNUL refuses a character that no server keeps, which an escape can make.
func (t *tree) checkNUL(tk *token.Token) {
	if strings.Contains(tk.Value, "\x00") {
		t.report.errorAt(t.position(tk), schema.Mistake(schema.CodeSyntax,
			"cannot use a text with the character of \\0 in it", "No server keeps one.",
			"take it out; a text with backslashes goes into single quotes"))
	}
}
