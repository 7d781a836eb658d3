package schema

import (
	"slices"
	"strings"
)

// IsTrue reads a boolean as the servers do: absent is false (lxd 5.0.2, shared/util.go IsTrue).
func IsTrue(value string) bool {
	return slices.Contains([]string{"true", "1", "yes", "on"}, strings.ToLower(value))
}

// Where says who has a configuration key.
type Where int

// Both places; the zero value is cluster-wide.
const (
	OnCluster Where = iota
	OnMember
)

// ValueType is the form a value must have.
type ValueType int

// The value types. The zero value accepts any text.
const (
	Text ValueType = iota
	Bool
	Int
	Size    // bytes with an optional suffix as LXD takes it: 10GiB, 512MB
	Address // host:port
)

// KeyRule is the daemon's own rule for one configuration key.
type KeyRule struct {
	// Key is the exact key, or a prefix followed by "*", or "*" in the middle for one dotted part
	// ("user.*", "bgp.peers.*.address").
	Key   string
	Where Where
	Type  ValueType
	// Computed: the server fills it in when it is not given; an empty or absent desired value is no difference.
	Computed bool
	// Immutable: cannot be changed once the object is created.
	Immutable bool
	// Alone: LXD can change it only in a call that changes no other key of the member.
	Alone bool
	// Once: what it allows is asked for each time, such as wiping a device; no other member takes it over.
	Once bool
	// Volatile: the server's own notes; never compared, never sent.
	Volatile bool
	// Secret: never shown; see [Secret].
	Secret bool
	// Default is the value that absence means.
	Default string
	// Literal: absence is not the default, since what is said counts more than what a profile says.
	Literal bool
	// For limits the rule to these values of the attribute "driver" or "type"; empty means all.
	For []string
	// Check returns what is wrong with the value, in the daemon's words where they are known; empty if nothing.
	Check func(value string) string
	// Better returns what to write instead of a value that Check refuses; empty where nobody can know.
	Better func(value string) string
	// Listed: the value is a list of IP addresses, networks or ranges, or one; see [ListForm].
	Listed bool
	// Servers are the versions that have the key.
	Servers Versions
	// Help is one sentence for explain.
	Help string
}

// Keys are a kind's rules in their order.
type Keys struct {
	rules []KeyRule
	// exact has the indices of the rules for one key each, patterns those of the others, both in order.
	exact    map[string][]int
	patterns []int
	// variants are all that the rules are for, in their order.
	variants []string
}

// NewKeys returns the rules, for which the first one that fits a key counts.
func NewKeys(rules ...KeyRule) *Keys {
	k := &Keys{rules: rules, exact: make(map[string][]int, len(rules))}
	for i, rule := range rules {
		if strings.Contains(rule.Key, "*") {
			k.patterns = append(k.patterns, i)
		} else {
			k.exact[rule.Key] = append(k.exact[rule.Key], i)
		}
		for _, variant := range rule.For {
			if !slices.Contains(k.variants, variant) {
				k.variants = append(k.variants, variant)
			}
		}
	}
	return k
}

// of returns the rules with those first that the flavour has, otherwise in the same order.
func (k *Keys) of(f Flavour) *Keys {
	has := func(r KeyRule) bool { return r.Servers.In(f) }
	hasNot := func(r KeyRule) bool { return !has(r) }
	return NewKeys(append(slices.DeleteFunc(slices.Clone(k.rules), hasNot),
		slices.DeleteFunc(slices.Clone(k.rules), has)...)...)
}

// rule returns the first rule for a key of an object with that variant, "" when that is not known.
func (k *Keys) rule(variant, key string) (KeyRule, bool) {
	best := len(k.rules)
	fits := func(i int) bool { return i < best && k.rules[i].isFor(variant) && MatchKey(k.rules[i].Key, key) }
	for _, list := range [][]int{k.exact[key], k.patterns} {
		if at := slices.IndexFunc(list, fits); at >= 0 {
			best = list[at]
		}
	}
	if best == len(k.rules) {
		return KeyRule{}, false
	}
	return k.rules[best], true
}

func (r KeyRule) isFor(variant string) bool {
	return len(r.For) == 0 || variant == "" || slices.Contains(r.For, variant)
}

// Rules returns the rules for the keys of the kind, in order.
func (s Spec) Rules() []KeyRule {
	if s.Keys == nil {
		return nil
	}
	return slices.Clone(s.Keys().rules)
}

// Rule returns the rule for a key of an object with that variant ("" when not known). ok is false for a key
// that the daemon would refuse.
func (s Spec) Rule(variant, key string) (rule KeyRule, ok bool) {
	if s.Keys != nil {
		if rule, ok := s.Keys().rule(variant, key); ok {
			return rule, true
		}
	}
	if strings.HasPrefix(key, "volatile.") {
		return KeyRule{Key: key, Volatile: true}, true
	}
	return KeyRule{Key: key}, s.OpenKeys
}

// MatchKey reports whether a key fits a pattern: equal, or with "*" for one dotted part; a "*" at the end
// stands for one part or more.
func MatchKey(pattern, key string) bool {
	if !strings.Contains(pattern, "*") {
		return pattern == key
	}
	for {
		p, rest, more := strings.Cut(pattern, ".")
		k, left, longer := strings.Cut(key, ".")
		switch {
		case p == "*" && !more:
			return true
		case p != "*" && p != k:
			return false
		case !more || !longer:
			return more == longer
		}
		pattern, key = rest, left
	}
}

// MemberKeys returns the rules for the keys that each member has for itself.
func (s Spec) MemberKeys(variant string) []KeyRule {
	return slices.DeleteFunc(s.Rules(), func(r KeyRule) bool { return r.Where != OnMember || !r.isFor(variant) })
}

// Given returns what somebody gave of an object's configuration, or of one member's part of it: without the server's
// own notes, secrets, defaults, and what the server chose by itself for an object of that name and would choose again.
func (s Spec) Given(name, variant string, config map[string]string) map[string]string {
	out := map[string]string{}
	for key, value := range config {
		rule, known := s.Rule(variant, key)
		initial, given := config["volatile.initial_"+key]
		switch {
		case !known || rule.Volatile || rule.Secret:
		case given:
			out[key] = initial // as somebody gave it; the server rewrites devices to what it found there
		case value == rule.Default && !rule.Literal || rule.Computed && serverChose(key, name, value, config):
		default:
			out[key] = value
		}
	}
	return out
}

// serverChose reports that a value is what LXD takes by itself for an object of that name: its usual folder, a loop
// file, a zpool, volume group or Ceph pool of the same name (lxd 5.0.2, lxd/storage/drivers).
func serverChose(key, name, value string, config map[string]string) bool {
	usual := strings.HasSuffix(value, "/storage-pools/"+name) || strings.HasSuffix(value, "/disks/"+name+".img")
	if key == "source" {
		return usual || value == name || config["size"] != "" || value == config["zfs.pool_name"] ||
			value == config["lvm.vg_name"]
	}
	return usual || value == name
}
