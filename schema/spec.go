package schema

import (
	"cmp"
	"slices"
	"strings"
)

// Attr is a field of a kind beside its configuration.
type Attr struct {
	Name      string
	Immutable bool
	// Required: nobody can declare an object without it.
	Required bool
	// Default is the value that the server uses when the field is not given.
	Default string
	// Values are the values that not all servers have.
	Values map[string]Versions
	// Address: two spellings of one address mean the same, see [AddressForm]; elsewhere only equal texts do.
	Address bool
	// Late: LXD drops it when the object is created in a cluster; it is set by an edit afterwards.
	Late bool
	// Server: filled by the server when not given, so absence is no difference.
	Server bool
	// JSON: the value is JSON in the form of [CanonicalJSON] and sent as such, not as a text.
	JSON bool
	// Shown is what REST calls it in answers, where that is not what it is called when it is sent.
	Shown string
	// Makes are the attributes of objects that cannot be created without it, though what is there may lack it:
	// [Spec.Unmade] says how that came to be. Nil for no object, empty for all.
	Makes map[string]string
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

// Made reports that nobody can create the object without the attribute, see Makes.
func (a Attr) Made(o Object) bool {
	for name, value := range a.Makes {
		if o.Attrs[name] != value {
			return false
		}
	}
	return a.Makes != nil
}

// Tables says where the cluster database keeps a kind. Empty fields mean that the kind has no such thing.
type Tables struct {
	// Table has one row per object with the columns id and Name, or one per object and member where Member is set.
	Table string
	// Name is the column with the name; empty means "name". Shown is what REST calls it, where that is another word.
	Name, Shown string
	// Where limits the rows of Table, as SQL over its columns.
	Where string
	// Project reports a column project_id.
	Project bool
	// Parent leads to the object whose name comes before the own one, and to its project when Project is not set.
	Parent Link
	// Above leads on from there to what that object belongs to, whose name comes first. The project and the member are
	// the parent's then.
	Above Link
	// Member is the column with the id of the member that has the row, NULL for nobody's own.
	Member string
	// Columns maps an attribute to its column in Table.
	Columns map[string]string
	// Links maps an attribute to a column of another table.
	Links map[string]Link
	// Derived maps an attribute to an SQL expression over the row, which is o, where no column or link has it.
	Derived map[string]string
	// Joins maps a list, or a JSON attribute that is one, to the table that connects it with others.
	Joins map[string]Join
	// Enums maps an attribute to the texts of its numeric column, by number; "devices.type" is the type of a device.
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
	// Later are the tables of later servers, the latest first: the first whose Table and Links the database has counts.
	Later []Tables
	// Devices has name and type; DevicesConfig its keys, joined by DeviceOwner.
	Devices, DevicesConfig, DeviceOwner string
}

// Link leads from a row to the rows of Table whose column Key has the value of the row's column From; Value is the
// column that is meant.
type Link struct {
	From, Table, Key, Value string
}

// Join is a table with the columns Owner and Item: ids of the object and of a row of Of, whose name is meant. With
// Order, a column to sort by, the names are a list that is no set. With Text there are no Item and Of: it returns an
// SQL expression over the row, which is j, for a database that has these tables.
type Join struct {
	Table, Owner, Item, Of, Order string
	Text                          func(has func(table string) bool) string
}

// Apart are changes of which a daemon takes one at a time. After each it reads more than the object, such as all
// certificates or all forwards of a network, and puts that in place; of two that do so side by side the older reading
// may be the one that stays, until the next change. Or it refuses the second one.
type Apart struct {
	// Section is what one change at a time may hold; kinds may share it.
	Section string
	// When is which changes these are: [ApartAlways], [ApartEdited] or [ApartInUse].
	When string
	// Servers are the versions that are like this; nil for all.
	Servers Versions
}

// Spec is what a resource kind is. It is data, a file of the package kinds: decoding, validation, reading rows, REST,
// planning and help all work from it.
type Spec struct {
	Name KindName
	// Lost is what a deletion takes along, for people: "its rules"; [Spec.Loses] says it.
	Lost string
	// Title is the name for people: "storage pool". Plural is the YAML key: "storage_pools".
	Title, Plural string
	Scope         Scope
	// Feature is the project key that gives a project objects of this kind of its own ("features.networks"); where it
	// is not true they are those of the default project. Empty for kinds without scope.
	Feature string
	// LaterFeature is that key instead for servers that have it.
	LaterFeature string
	Lifecycle    Lifecycle
	// Servers are the versions that have the kind. Where they lack it, it is neither offered nor read nor planned.
	Servers Versions
	// Home says where objects live, and so with what they are lost.
	Home Home
	// Data reports that objects hold what no preseed can bring back: a removal destroys it.
	Data bool
	// AtJoin says what it means that a server loses its objects of the kind when it joins a cluster.
	AtJoin Loss
	// Path is the REST collection, "/1.0/storage-pools". It has "{}" where each part of a name but the last goes: those of
	// the parent, or what ParentKey says where there is none.
	Path string
	// Parent is the kind of the object that an object belongs to; its name is then PARENT/NAME, and the parent's has the
	// YAML key ParentKey.
	Parent    KindName
	ParentKey string
	// parentScope is the scope of that kind; a registry knows it.
	parentScope Scope
	// ParentFor are the values of the parent's Variant with which it has objects of the kind; empty means all.
	ParentFor []string
	// NameKey is the YAML key of the name; empty means "name", "-" that the name follows from the rest. The REST field is
	// Tables.Name.
	NameKey string
	// Slashes reports that names may have slashes.
	Slashes bool
	// Called is the attribute by which people know an object whose name is nothing to remember; empty for most kinds.
	Called string
	Attrs  []Attr
	// Lists are the names of list fields that are sets; ListValues are the items of them that not all servers have.
	Lists      []string
	ListValues map[string]map[string]Versions
	// Keys returns the rules for Config; nil when there are none. With OpenKeys a key without a rule is accepted.
	Keys     func() *Keys
	OpenKeys bool
	// HasDevices reports that objects have devices.
	HasDevices bool
	// DeviceKeys returns the rules for the keys of devices, for which [Spec.DeviceVariants] is the variant; nil when any
	// key is taken.
	DeviceKeys func() *Keys
	// Combinations returns the rules for keys of devices together; nil where there are none.
	Combinations func() []Combination
	// Variant is the attribute that KeyRule.For speaks of: "driver" or "type".
	Variant string
	// Whole are the values of Variant that the server defines on all members by itself, and refuses to on a single one.
	Whole []string
	// Listed reports that every reading of a cluster or a server has all objects: what is not in it is not there.
	Listed bool
	// ListBare are the servers whose list of the kind leaves out the configuration, so that each object is read by itself;
	// nil for none.
	ListBare Versions
	// Init reports that lxd init has had a key for the kind from 3.0 on, in the default project. Its parser is strict: a
	// key that it does not know is an error (lxd 5.0.2, lxd/main_init_preseed.go).
	Init bool
	// Builtin are names that always exist and cannot be deleted ("default"), on the versions BuiltinOn, nil for all.
	Builtin   []string
	BuiltinOn Versions
	// Unmade says who makes the objects that nobody can declare, see [Attr.Makes].
	Unmade string
	Tables Tables
	// Told is when all members are told of a change, and so have to be online: [ToldAlways], [ToldInUse] by another
	// object, or empty for never.
	Told string
	// Apart says which changes of objects a daemon does not take side by side; nil when it takes all.
	Apart *Apart
	// Rank orders kinds that do not refer to each other: lower first on creation, last on deletion.
	Rank int
	Help string
	// Fields has a sentence on each key of an entry, by its name, beside those that mean the same in every kind.
	Fields map[string]string
	// Example is one YAML entry.
	Example string
}

// Loses says what is lost with a deletion.
func (s Spec) Loses() string {
	what := cmp.Or(s.Lost, "its settings")
	if strings.HasSuffix(what, "s") || strings.Contains(what, " and ") {
		return what + " are lost"
	}
	return what + " is lost"
}

// Lacking returns a field that nobody can declare an object without and that a live one does not have, such as the
// target of a connection whose other side is gone; empty if none.
func (s Spec) Lacking(live Object) string {
	i := slices.IndexFunc(s.Attrs, func(a Attr) bool { return a.Required && live.Attrs[a.Name] == "" })
	if i < 0 {
		return ""
	}
	return s.Attrs[i].Name
}

// Attr returns the description of an attribute.
func (s Spec) Attr(name string) (Attr, bool) {
	i := slices.IndexFunc(s.Attrs, func(a Attr) bool { return a.Name == name })
	if i < 0 {
		return Attr{}, false
	}
	return s.Attrs[i], true
}
