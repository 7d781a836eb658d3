package schema

import (
	"slices"
	"strings"
)

// Scope says where names of a kind are unique.
type Scope int

// The scopes; the zero value is invalid, so that a Spec cannot forget it.
const (
	_ Scope = iota
	ScopeCluster
	ScopeProject
)

// Lifecycle says how a kind comes to be and changes; a closed set, implemented in the package plan.
type Lifecycle int

// The lifecycles; the zero value is invalid.
const (
	_          Lifecycle = iota
	Simple               // one call creates, one changes, one deletes
	Pending              // defined per member, then instantiated everywhere
	Singleton            // always there, only its configuration changes: the server
	Membership           // bootstrap, join, remove: the members
	ReadOnly             // shown, never changed
	Placed               // one or several members have one of that name, each made with a target: volumes, forwards
	Imported             // brought in from a file or another server: images
	Running              // lives on one member, is moved, started and stopped: instances
)

// String returns the lower-case name.
func (l Lifecycle) String() string {
	names := []string{"invalid", "simple", "pending", "singleton", "membership", "read-only", "placed", "imported", "running"}
	if l < 0 || int(l) >= len(names) {
		return names[0]
	}
	return names[l]
}

// Removable reports kinds whose objects can be deleted one by one.
func (l Lifecycle) Removable() bool {
	return l == Simple || l == Pending || l == Placed || l == Imported || l == Running
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
	// Volatile: the server's own notes; never compared, never sent.
	Volatile bool
	// Secret: never shown; see [Secret].
	Secret bool
	// Default is the value that absence means.
	Default string
	// For limits the rule to these values of the attribute "driver" or "type"; empty means all.
	For []string
	// Check returns what is wrong with the value, in the daemon's words where they are known; empty if nothing.
	Check func(value string) string
	// Since names the first version that has the key, per product; missing means always, "-" means never.
	Since map[Product]string
	// Help is one sentence for explain.
	Help string
}

// Attr is a field of a kind beside its configuration.
type Attr struct {
	Name      string
	Immutable bool
	// Default is the value that the server uses when the field is not given.
	Default string
	// Late: LXD drops it when the object is created in a cluster; it is set by an edit afterwards.
	Late bool
	// Server: filled by the server when not given, so absence is no difference.
	Server bool
	// JSON: the value is JSON in the form of [CanonicalJSON] and sent as such, not as a text.
	JSON bool
	// Once: it counts when the object is created, and is never compared afterwards.
	Once bool
	// Quiet: not shown among what a creation sets, since it says nothing to people.
	Quiet bool
	// Derived: made from what the entry says otherwise; no key of the entry.
	Derived bool
	// Local: where members have parts, each part has its own.
	Local bool
	// Unsent: LXD has no such field; lifecycles read it.
	Unsent bool
}

// Tables says where the cluster database keeps a kind. Empty fields mean that the kind has no such thing.
type Tables struct {
	// Table has one row per object with the columns id and Name, or one per object and member where Member is set.
	Table string
	// Name is the column with the name; empty means "name".
	Name string
	// Where limits the rows of Table, as SQL over its columns.
	Where string
	// Project reports a column project_id.
	Project bool
	// Parent leads to the object whose name comes before the own one, and to its project when Project is not set.
	Parent Link
	// Member is the column with the id of the member that has the row, NULL for nobody's own.
	Member string
	// Columns maps an attribute to its column in Table.
	Columns map[string]string
	// Links maps an attribute to a column of another table.
	Links map[string]Link
	// Joins maps a list, or a JSON attribute that is one, to the table that connects it with others.
	Joins map[string]Join
	// Enums maps an attribute to the texts of its numeric column, by number; "devices.type" is the type of
	// a device.
	Enums map[string][]string
	// State reports a column state (0 pending, 1 created, 2 errored).
	State bool
	// Owner is the column that points back at Table in the tables below.
	Owner string
	// Config has key and value; with ConfigByMember also node_id, NULL for cluster-wide keys.
	Config         string
	ConfigByMember bool
	// Parts has node_id and state, one row per member.
	Parts string
	// Devices has name and type; DevicesConfig its keys, joined by DeviceOwner.
	Devices, DevicesConfig, DeviceOwner string
}

// Link leads from a row to the rows of Table whose column Key has the value of the row's column From; Value is the
// column that is meant.
type Link struct {
	From, Table, Key, Value string
}

// Join is a table with the columns Owner and Item: ids of the object and of a row of Of, whose name is meant. With Order,
// a column to sort by, the names are a list that is no set.
type Join struct {
	Table, Owner, Item, Of, Order string
}

// Spec is what a resource kind is. It is data: decoding, validation, reading rows, REST, planning and help all
// work from it.
type Spec struct {
	Name KindName
	// Title is the name for people: "storage pool". Plural is the YAML key: "storage_pools".
	Title, Plural string
	Scope         Scope
	// Feature is the project key that gives a project objects of this kind of its own ("features.networks"); where it
	// is not true they are those of the default project. Empty for kinds without scope.
	Feature   string
	Lifecycle Lifecycle
	// Path is the REST collection, "/1.0/storage-pools". With Parent it has "{}" where the parent's name goes.
	Path string
	// Parent is the kind of the object that an object belongs to; its name is then PARENT/NAME, and the parent's has the
	// YAML key ParentKey.
	Parent    KindName
	ParentKey string
	// NameKey is the YAML key of the name; empty means "name", "-" that the name follows from the rest. The REST field is
	// Tables.Name.
	NameKey string
	// Slashes reports that names may have slashes.
	Slashes bool
	// Called is the attribute by which people know an object whose name is nothing to remember; empty for most kinds.
	Called string
	Attrs  []Attr
	// Lists are the names of list fields that are sets.
	Lists []string
	// Keys are the rules for Config, the first match counts. With OpenKeys a key without a rule is accepted.
	Keys     []KeyRule
	OpenKeys bool
	// HasDevices reports that objects have devices.
	HasDevices bool
	// Variant is the attribute that KeyRule.For speaks of: "driver" or "type".
	Variant string
	// Whole are the values of Variant that the server defines on all members by itself, and refuses to on a single one.
	Whole []string
	// Builtin are names that always exist and cannot be deleted ("default").
	Builtin []string
	Tables  Tables
	// Rank orders kinds that do not refer to each other: lower first on creation, last on deletion.
	Rank int
	Help string
	// Example is one YAML entry.
	Example string
}

// Attr returns the description of an attribute.
func (s Spec) Attr(name string) (Attr, bool) {
	i := slices.IndexFunc(s.Attrs, func(a Attr) bool { return a.Name == name })
	if i < 0 {
		return Attr{}, false
	}
	return s.Attrs[i], true
}

// Rule returns the rule for a key of an object with that variant ("" when not known). ok is false for a key
// that the daemon would refuse.
func (s Spec) Rule(variant, key string) (rule KeyRule, ok bool) {
	for _, r := range s.Keys {
		if !MatchKey(r.Key, key) {
			continue
		}
		if len(r.For) > 0 && variant != "" && !slices.Contains(r.For, variant) {
			continue
		}
		return r, true
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
	pp, kp := strings.Split(pattern, "."), strings.Split(key, ".")
	for i, p := range pp {
		if i >= len(kp) {
			return false
		}
		if p == "*" && i == len(pp)-1 {
			return true
		}
		if p != "*" && p != kp[i] {
			return false
		}
	}
	return len(pp) == len(kp)
}

// Kind is a Spec with the code that cannot be data.
type Kind struct {
	Spec
	// New returns a pointer to a zero struct for one YAML entry, with yaml and validate tags.
	New func() any
	// Object turns such a struct, filled, into the normal form.
	Object func(entry any) Object
	// Refs names what an object needs to exist before it, from its body alone; nil when it never needs
	// anything. Object has filled [Object.Refs] with it; readers of the live side do the same.
	Refs func(o Object) []Ref
	// Internal reports a live object that is the server's own and none for people, such as a member's certificate; nil
	// when there are none.
	Internal func(o Object) bool
	// Finish completes a live object from what was read of it; nil when nothing is missing.
	Finish func(o Object) Object
	// Check finds what is wrong with a desired object beyond the key rules; nil when there is nothing to check.
	Check func(o Object, want Cluster) []Problem
}

// Problem is what a Kind.Check found; the decoder adds the position and the excerpt.
type Problem struct {
	Severity Severity
	Code     Code
	// Field is the part of the object: "config.ipv4.address", "devices.root.pool"; empty for the object.
	Field                 string
	Summary, Detail, Hint string
}

// Registry is the list of kinds that everything works from, for one flavour of servers; see [Registry.For].
type Registry struct {
	kinds []Kind
	// flavour is what the kinds' rules are in order for.
	flavour Flavour
}

// NewRegistry checks the kinds against each other and returns them as a registry for LXD 5.0.2. It panics on a mistake in
// our own tables; a test of schema/kinds finds it.
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
	sorted := slices.Clone(kinds)
	slices.SortStableFunc(sorted, func(a, b Kind) int { return a.Rank - b.Rank })
	return Registry{kinds: sorted}.For(JudgedLXD)
}

// All returns the kinds ordered by Rank.
func (r Registry) All() []Kind { return slices.Clone(r.kinds) }

// Kind returns the kind of that name.
func (r Registry) Kind(name KindName) (Kind, bool) {
	return r.find(func(k Kind) bool { return k.Name == name })
}

// Plural returns the kind with that YAML key.
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
