package preseed

import (
	"slices"

	"github.com/goccy/go-yaml/token"
)

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
