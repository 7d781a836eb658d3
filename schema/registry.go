package schema

import (
	"slices"
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
		case k.Scope == "" || k.Lifecycle == "":
			panic("schema: kind without scope or lifecycle: " + string(k.Name))
		case k.Apart != nil && (k.Apart.Section == "" ||
			!slices.Contains([]string{ApartAlways, ApartEdited, ApartInUse}, k.Apart.When)):
			panic("schema: kind kept apart without a section, or nobody knows when: " + string(k.Name))
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

// Removable returns the plurals of the kinds whose objects can be deleted one by one.
func (r Registry) Removable() []string {
	return Map(r.of(func(k Kind) bool { return k.Lifecycle.Removable() }), func(k Kind) string { return k.Plural })
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
