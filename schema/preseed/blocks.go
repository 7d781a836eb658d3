package preseed

import (
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

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
