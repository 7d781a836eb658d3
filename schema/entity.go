package schema

import "strings"

// Entity is what member_config calls the kind: "storage-pool"; empty for kinds whose objects have no keys that each
// member has of its own.
func (s Spec) Entity() string {
	if s.Lifecycle != Pending {
		return ""
	}
	return strings.ReplaceAll(string(s.Name), "_", "-")
}

// Entity returns the kind that member_config calls by that name.
func (r Registry) Entity(name string) (Kind, bool) {
	return r.find(func(k Kind) bool { return name != "" && k.Entity() == name })
}

// Entities are the kinds that member_config speaks of.
func (r Registry) Entities() []Kind {
	var out []Kind
	for _, kind := range r.kinds {
		if kind.Entity() != "" {
			out = append(out, kind)
		}
	}
	return out
}
