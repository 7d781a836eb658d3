package schema

import (
	"slices"
	"strings"
	"sync"
)

// Versions says which servers have something: for each product the runs of versions that have it, in order. A product
// that it does not name has it in every version, one with no run in none.
type Versions map[Product]Spans

// Spans are runs of versions in order.
type Spans []Span

// Span is a run of versions, both ends included; an empty end is open. Until stands for all versions that begin with
// it: "5.21" includes 5.21.7. What a long-term version got later than its successors has two spans.
type Span struct{ From, Until string }

// within reports that all of the run begins with its end, as 5.21.4 and 5.21 do.
func (s Span) within() bool { return strings.HasPrefix(s.From, s.Until+".") }

// ParseSpans reads spans as tables spell them: "5.21.4..5.21 6.5..", one version alone as itself, "-" for none. It
// returns nil for an empty text, which is all versions.
func ParseSpans(text string) Spans {
	if text == "" {
		return nil
	}
	out := Spans{}
	for word := range strings.FieldsSeq(strings.TrimPrefix(text, "-")) {
		from, until, run := strings.Cut(word, "..")
		if !run {
			until = from
		}
		out = append(out, Span{From: from, Until: until})
	}
	return out
}

// UnmarshalText is [ParseSpans].
func (s *Spans) UnmarshalText(text []byte) error {
	*s = ParseSpans(string(text))
	return nil
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
		case s.From == s.Until:
			runs = append(runs, "in "+s.From)
		case s.within():
			runs = append(runs, "from "+s.From+" on in "+s.Until)
		default:
			runs = append(runs, "from "+s.From+" to "+s.Until)
		}
	}
	if len(runs) == 0 {
		return ""
	}
	return title + " has it " + strings.Join(runs, " and ") + "."
}

// Needed says which versions of a product have it, as what somebody needs: "LXD 5.21.4 or later of 5.21, or 6.3 or
// later".
func (v Versions) Needed(p Product) string {
	var runs []string
	for _, s := range v[p] {
		switch {
		case s.From == "":
			runs = append(runs, s.Until+" or earlier")
		case s.Until == "":
			runs = append(runs, s.From+" or later")
		case s.From == s.Until:
			runs = append(runs, s.From)
		case s.within():
			runs = append(runs, s.From+" or later of "+s.Until)
		default:
			runs = append(runs, s.From+" to "+s.Until)
		}
	}
	return strings.TrimSpace(Flavour{Product: p}.Title() + " " + strings.Join(runs, ", or "))
}

func (f Flavour) within(s Span) bool {
	if s.From != "" && !f.AtLeast(s.From) {
		return false
	}
	parts := strings.Count(s.Until, ".") + 1
	return s.Until == "" || slices.Compare(numbers(f.Version)[:min(parts, 3)], numbers(s.Until)[:min(parts, 3)]) <= 0
}

// The flavours that input is judged for as long as nobody has said or found out what runs on the members. The rules of
// the kinds were taken from these two and measured on them.
var (
	JudgedLXD   = Flavour{Product: LXD, Version: "5.0.2"}
	JudgedIncus = Flavour{Product: Incus, Version: "6.0.4"}
)

// Title is the flavour for people: "LXD 5.0.2", "Incus 6.0.4".
func (f Flavour) Title() string { return strings.TrimSpace(f.Product.Title() + " " + f.Version) }

// Flavour is what input is judged for with this registry.
func (r Registry) Flavour() Flavour { return r.flavour }

// Assumed reports that nobody has said what the servers run: what some server has is right then, see
// [Registry.Assuming].
func (r Registry) Assumed() bool { return r.assumed }

// Assuming returns the registry for servers of that flavour, as long as nobody has said what they run.
func (r Registry) Assuming(f Flavour) Registry {
	out := r.For(f)
	out.assumed = true
	return out
}

// For returns the registry for servers of that flavour: where several rules are about the same key, the one that the
// flavour has comes first. A flavour that is not known leaves the registry as it is; without a version its newest is
// assumed.
func (r Registry) For(f Flavour) Registry {
	if f.Product == "" {
		return r
	}
	if f.Version == "" {
		newest, _ := ParseServer(string(f.Product))
		return r.Assuming(newest)
	}
	if f == r.flavour {
		r.assumed = false
		return r
	}
	return r.with(f, Metadata{})
}

func (r Registry) with(f Flavour, told Metadata) Registry {
	out := Registry{base: r.base, kinds: slices.Clone(r.base), flavour: f, told: told}
	projects, _ := r.Kind(KindProject)
	for i := range out.kinds {
		k := &out.kinds[i]
		if rule, ok := projects.Rule("", k.LaterFeature); ok && rule.Servers.In(f) {
			k.Feature = k.LaterFeature
		}
		if k.BuiltinOn != nil && !k.BuiltinOn.In(f) {
			k.Builtin = nil
		}
		k.Keys, k.DeviceKeys = keysOf(k.Keys, f, told.Keys[k.Table()]), keysOf(k.DeviceKeys, f, told.Keys[TableDevices])
	}
	return out
}

// Told returns the registry for servers that say themselves which keys they have: those that the tables lack are taken
// as the servers list them.
func (r Registry) Told(m Metadata) Registry {
	f := r.flavour
	if m.Server.Product != "" {
		f = m.Server
	}
	return r.with(f, m)
}

// Informed reports that the rules include what a server lists.
func (r Registry) Informed() bool { return r.told.Keys != nil }

// keysOf returns the rules for servers of that flavour, in order when they are first asked for; what the server itself
// lists comes after those that it has by our tables, and before those that it has not.
func keysOf(all func() *Keys, f Flavour, told []KeyRule) func() *Keys {
	if all == nil {
		return nil
	}
	return sync.OnceValue(func() *Keys { return NewKeys(slices.Concat(all().rules, told)...).of(f) })
}
