package schema

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

// explanationsText has every code of the product, those of the package plan among them: they are told and explained in
// one place.
//
//go:embed explanations.md
var explanationsText string

// explanations returns the texts by their code: what follows a heading "## CODE".
var explanations = sync.OnceValue(func() map[Code]string {
	out := map[Code]string{}
	for _, part := range strings.Split(explanationsText, "\n## ")[1:] {
		code, text, _ := strings.Cut(part, "\n")
		out[Code(code)] = strings.TrimSpace(text)
	}
	return out
})

// Explain returns the long text of a code: what it means, why it matters, and the ways on. ok is false for a code
// that does not exist.
func Explain(code Code) (text string, ok bool) {
	text, ok = explanations()[code]
	return text, ok
}

// Codes returns every code that a diagnostic can have, in order.
func Codes() []Code { return slices.Sorted(maps.Keys(explanations())) }
