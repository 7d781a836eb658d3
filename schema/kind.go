package schema

// Scope says where names of a kind are unique.
type Scope string

// The scopes; the zero value is invalid, so that a Spec cannot forget it.
const (
	ScopeCluster Scope = "cluster"
	ScopeProject Scope = "project"
)

// Lifecycle says how a kind comes to be and changes; a closed set, implemented in the package plan.
type Lifecycle string

// The lifecycles; the zero value is invalid.
const (
	Simple     Lifecycle = "simple"     // one call creates, one changes, one deletes
	Pending    Lifecycle = "pending"    // defined per member, then instantiated; REST says in status how far
	Singleton  Lifecycle = "singleton"  // always there, only its configuration changes: the server
	Membership Lifecycle = "membership" // bootstrap, join, remove: the members
	ReadOnly   Lifecycle = "read-only"  // shown, never changed
	Placed     Lifecycle = "placed"     // members have one of that name each, made with a target: volumes, forwards
	Imported   Lifecycle = "imported"   // brought in from a file or another server: images
	Running    Lifecycle = "running"    // lives on one member, is moved, started and stopped: instances
)

// Removable reports kinds whose objects can be deleted one by one.
func (l Lifecycle) Removable() bool {
	return l == Simple || l == Pending || l == Placed || l == Imported || l == Running
}

// Home says where the objects of a kind live.
type Home string

// The homes; the zero value is invalid.
const (
	HomeCluster Home = "in the database"   // which every member has
	HomeMember  Home = "on members"        // each has its part, or one has the object
	HomePool    Home = "in a storage pool" // with a local one on the member that has it
)

// Loss says how a loss of objects is to be taken.
type Loss string

// The losses; the zero value is invalid.
const (
	LossNone    Loss = "none"      // nothing is lost, or nothing that anybody had made
	LossWarned  Loss = "warned of" // settings, which are named with their values
	LossRefused Loss = "refused"   // work or data: it has to be moved away or deleted by hand before
)

// When all members are told of a change.
const (
	ToldAlways = "always"
	ToldInUse  = "in use"
)

// Which changes are kept apart: all of them, edits, or edits of what other objects use.
const (
	ApartAlways = "always"
	ApartEdited = "edited"
	ApartInUse  = "edited in use"
)

// Form is that of one YAML entry: New returns a pointer to a zero struct with yaml and validate tags, Object turns such
// a struct, filled, into the normal form.
type Form struct {
	New    func() any
	Object func(entry any) Object
}

// Kind is a Spec with the code that cannot be data.
type Kind struct {
	Spec
	// Form is that of an entry; the zero one for kinds that are [ReadOnly], of which a preseed has no entries.
	Form
	// Names tells which objects the fields of an object name, from its body alone; nil when none of its fields can. See
	// [Kind.References].
	Names func(o Object) []Reference
	// Internal reports a live object that is the server's own and none for people, such as a member's certificate; nil
	// when there are none.
	Internal func(o Object) bool
	// Finish completes a live object from what was read of it; nil when nothing is missing.
	Finish func(o Object) Object
	// Stored is the opposite: what is read of it, from what it is once complete; nil when a reader needs no more than it
	// has.
	Stored func(o Object) Object
	// Check finds what is wrong with a desired object beyond the key rules, in words for that product; nil when there
	// is nothing to check.
	Check func(o Object, want Cluster, server Product) []Problem
}

// Problem is what a Kind.Check found; the decoder adds the position and the excerpt.
type Problem struct {
	Severity Severity
	Code     Code
	// Field is the part of the object: "config.ipv4.address", "devices.root.pool"; empty for the object.
	Field                 string
	Summary, Detail, Hint string
}

// Mistake is a problem that its finder gives a weight and a place.
func Mistake(code Code, summary, detail, hint string) Problem {
	return Problem{Code: code, Summary: summary, Detail: detail, Hint: hint}
}

// Wrong is an error in a field of an object, which is empty for the object as a whole.
func Wrong(code Code, field, summary, detail, hint string) Problem {
	return Problem{SeverityError, code, field, summary, detail, hint}
}
