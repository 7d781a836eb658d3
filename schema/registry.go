package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Registry is the list of kinds that everything works from, for one flavour of servers; see [Registry.For].
type Registry struct {
	// base are the kinds with the rules of all versions, kinds those in order for the flavour.
	base, kinds []Kind
	// flavour is what the kinds' rules are in order for.
	flavour Flavour
	// assumed: nobody has said that the servers are of that flavour.
	assumed bool
	// told has what a server itself lists, see [Registry.Told].
	told Metadata
}

// NewRegistry checks the kinds against each other and returns them as a registry for whatever servers there are,
// see [Registry.Assuming]. It panics on a mistake in our own tables; a test of schema/kinds finds it.
func NewRegistry(kinds ...Kind) Registry {
	seen := map[string]bool{}
	for _, k := range kinds {
		switch {
		case k.Name == "" || k.Title == "" || k.Plural == "" || k.Help == "":
			panic("schema: kind without name, title, plural or help: " + string(k.Name))
		case k.Scope == 0 || k.Lifecycle == 0:
			panic("schema: kind without scope or lifecycle: " + string(k.Name))
		case seen[string(k.Name)] || seen[k.Plural]:
			panic("schema: kind twice: " + string(k.Name))
		}
		seen[string(k.Name)], seen[k.Plural] = true, true
	}
	out := Registry{base: slices.Clone(kinds)}
	slices.SortStableFunc(out.base, func(a, b Kind) int { return a.Rank - b.Rank })
	out.kinds = out.base
	for i, k := range out.base {
		parent, _ := out.Kind(k.Parent)
		out.base[i].parentScope = parent.Scope
	}
	return out.Assuming(JudgedLXD)
}

// Offers reports that there may be objects of the kind: the servers have it, or some have while nobody has said which
// ones these are.
func (r Registry) Offers(k Kind) bool { return r.assumed || k.Servers.In(r.flavour) }

// All returns the kinds that [Registry.Offers], ordered by Rank.
func (r Registry) All() []Kind { return r.of(func(Kind) bool { return true }) }

// of returns the kinds of All that match.
func (r Registry) of(match func(Kind) bool) []Kind {
	return slices.DeleteFunc(slices.Clone(r.kinds), func(k Kind) bool { return !r.Offers(k) || !match(k) })
}

// Kind returns the kind of that name, whichever servers have it.
func (r Registry) Kind(name KindName) (Kind, bool) {
	return r.find(func(k Kind) bool { return k.Name == name })
}

// Plural returns the kind with that YAML key, whichever servers have it.
func (r Registry) Plural(key string) (Kind, bool) {
	return r.find(func(k Kind) bool { return k.Plural == key })
}

func (r Registry) find(match func(Kind) bool) (Kind, bool) {
	i := slices.IndexFunc(r.kinds, match)
	if i < 0 {
		return Kind{}, false
	}
	return r.kinds[i], true
}

// LostAtJoin returns the kinds whose objects a server loses when it joins a cluster, as AtJoin says.
func (r Registry) LostAtJoin() []Kind {
	return r.of(func(k Kind) bool { return k.AtJoin != LossNone })
}

// ConfigRule returns the rule for a key in config: of an entry, and the kind that it belongs to. In a member's entry
// stand the member's own keys and the server's member-specific ones. ok is false for a key that nobody knows.
func (r Registry) ConfigRule(kind Kind, variant, key string) (owner Kind, rule KeyRule, ok bool) {
	rule, ok = kind.Rule(variant, key)
	if server, there := r.Kind(KindServer); !ok && there && kind.Lifecycle == Membership {
		rule, ok = server.Rule("", key)
		return server, rule, ok
	}
	return kind, rule, ok
}

// ConfigRules returns the rules for config: of an entry, see [Registry.ConfigRule].
func (r Registry) ConfigRules(kind Kind) []KeyRule {
	if server, there := r.Kind(KindServer); there && kind.Lifecycle == Membership {
		return slices.Concat(kind.Rules(), server.MemberKeys(""))
	}
	return kind.Rules()
}

// releases are the versions whose rules the tables of keys have, in order. A run counts its last part up.
var releases = map[Product]string{
	LXD:   "5.0.0..6 5.1..20 5.21.0..7 6.1..9",
	Incus: "0.1..7 6.0.0..6 6.1..10 6.10.1 6.11..19 6.19.1 6.20..23 7.0.0..2 7.1..5 7.5.1",
}

var serverForm = regexp.MustCompile(`^(lxd|incus)(-[0-9]+(\.[0-9]+){0,2})?$`)

// ParseServer reads PRODUCT-VERSION, such as lxd-5.21.4. The beginning of a version means the newest one that begins
// so: incus-6.0, lxd. ok is false for what clusterctl does not know; [KnownServers] says what that is.
func ParseServer(text string) (f Flavour, ok bool) {
	if !serverForm.MatchString(text) {
		return Flavour{}, false
	}
	product, given, _ := strings.Cut(text, "-")
	parts := 0
	if given != "" {
		parts = strings.Count(given, ".") + 1
	}
	f.Product = Product(product)
	for _, version := range Releases(f.Product) {
		if slices.Equal(numbers(version)[:parts], numbers(given)[:parts]) {
			f.Version, ok = version, true
		}
	}
	return f, ok
}

// Releases are the versions of a product whose rules are known, the oldest first.
func Releases(p Product) []string {
	var out []string
	for run := range strings.FieldsSeq(releases[p]) {
		first, last, _ := strings.Cut(run, "..")
		out = append(out, first)
		dot := strings.LastIndex(first, ".") + 1
		from, _ := strconv.Atoi(first[dot:]) // our own table, which a test reads
		until, _ := strconv.Atoi(last)
		for n := from + 1; n <= until; n++ {
			out = append(out, first[:dot]+strconv.Itoa(n))
		}
	}
	return out
}

// Known reports that the rules for the version are in the tables, so that a key that they lack is one that it lacks.
func (f Flavour) Known() bool {
	return slices.ContainsFunc(Releases(f.Product), func(version string) bool {
		return slices.Equal(numbers(version), numbers(f.Version))
	})
}

// KnownServers says in a sentence for which servers [ParseServer] has an answer.
func KnownServers() string {
	var out []string
	for _, p := range []Product{LXD, Incus} {
		all := Releases(p)
		out = append(out, fmt.Sprintf("%s-%s to %s-%s", p, all[0], p, all[len(all)-1]))
	}
	return "Known are " + strings.Join(out, " and ") + "; the beginning of a version, such as lxd-5.21, means its newest."
}
