package schema

import (
	"slices"
	"strings"
)

// Versions says which servers have something: for each product the runs of versions that have it, in order. A product
// that it does not name has it in every version, one with no run in none.
type Versions map[Product][]Span

// Span is a run of versions, both ends included; an empty end is open. Until stands for all versions that begin with
// it: "5.21" includes 5.21.7. What a long-term version got later than its successors has two spans.
type Span struct{ From, Until string }

// ParseSpans reads spans as tables spell them: "5.21.4..5.21 6.5..", one version alone as itself, "-" for none. It
// returns nil for an empty text, which is all versions.
func ParseSpans(text string) []Span {
	if text == "" {
		return nil
	}
	out := []Span{}
	for word := range strings.FieldsSeq(strings.TrimPrefix(text, "-")) {
		from, until, run := strings.Cut(word, "..")
		if !run {
			until = from
		}
		out = append(out, Span{From: from, Until: until})
	}
	return out
}

// In reports whether servers of that flavour have it. A flavour that is not known has everything.
func (v Versions) In(f Flavour) bool {
	spans, limited := v[f.Product]
	return !limited || slices.ContainsFunc(spans, f.within)
}

// Next returns the first version after the flavour's that has it, and ok whether there is one.
func (v Versions) Next(f Flavour) (version string, ok bool) {
	for _, s := range v[f.Product] {
		if s.From != "" && !f.AtLeast(s.From) {
			return s.From, true
		}
	}
	return "", false
}

// Never reports that no version of the product has it.
func (v Versions) Never(p Product) bool {
	spans, limited := v[p]
	return limited && len(spans) == 0
}

// Words says in a sentence which versions of a product have it; empty for all.
func (v Versions) Words(p Product) string {
	title := Flavour{Product: p}.Title()
	if v.Never(p) {
		other := map[Product]Product{LXD: Incus, Incus: LXD}[p]
		return Flavour{Product: other}.Title() + " alone has it so."
	}
	var runs []string
	for _, s := range v[p] {
		switch {
		case s.Until == "":
			runs = append(runs, "from "+s.From+" on")
		case s.From == "":
			runs = append(runs, "up to "+s.Until)
		default:
			runs = append(runs, s.From+" to "+s.Until)
		}
	}
	if len(runs) == 0 {
		return ""
	}
	return title + " has it " + strings.Join(runs, " and ") + "."
}

func (f Flavour) within(s Span) bool {
	if s.From != "" && !f.AtLeast(s.From) {
		return false
	}
	parts := strings.Count(s.Until, ".") + 1
	return s.Until == "" || slices.Compare(numbers(f.Version)[:min(parts, 3)], numbers(s.Until)[:min(parts, 3)]) <= 0
}
