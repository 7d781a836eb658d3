package schema

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// State says what becomes, or has become, of an object or of one member's part of it.
type State string

// The states. A live object has one of the first five; a desired one is empty (present) or one of the rest.
const (
	StateCreated   State = "created"
	StatePending   State = "pending"
	StateErrored   State = "errored"
	StateEvacuated State = "evacuated" // a member; also a desired state
	StateUnknown   State = "unknown"
	StatePresent   State = "present"
	StateAbsent    State = "absent"
	StateLost      State = "lost" // a member that will not come back
)

// Body is what an object has cluster-wide. Config keeps every value's literal text, as the daemon does.
// An absent key is not managed (desired side) or not stored (live side); LXD never stores an empty value.
type Body struct {
	// Attrs are the fields beside config: "description", "driver", "type", "address".
	Attrs map[string]string `json:"attrs,omitempty"`
	// Config is the cluster-wide configuration.
	Config map[string]string `json:"config,omitempty"`
	// Devices are a profile's or an instance's devices, by name; each has a "type".
	Devices map[string]map[string]string `json:"devices,omitempty"`
	// Lists are sets of names such as a member's "groups"; kept sorted.
	Lists map[string][]string `json:"lists,omitempty"`
}

// DeviceState is the key of a device that a preseed alone has: with the value absent an object is to have no such
// device.
const DeviceState = "state"

// DeviceGoes reports that a desired device says that there is to be none.
func DeviceGoes(device map[string]string) bool { return device[DeviceState] == string(StateAbsent) }

// Part is what one member has of an object: its member-specific configuration and its state there. A part of a kind
// that is [Placed] has local attributes, too.
type Part struct {
	Attrs  map[string]string `json:"attrs,omitempty"`
	Config map[string]string `json:"config,omitempty"`
	State  State             `json:"state,omitempty"`
}

// Object is the one normal form of everything that LXD manages.
type Object struct {
	Ref Ref `json:"ref"`
	Body
	// Members holds the parts by member name.
	Members map[string]Part `json:"members,omitempty"`
	State   State           `json:"state,omitempty"`
	// Refs are the objects that must exist before this one can, sorted.
	Refs []Ref `json:"refs,omitempty"`
}

// Clone returns a copy that shares nothing with o.
func (o Object) Clone() Object {
	o.Attrs = maps.Clone(o.Attrs)
	o.Config = maps.Clone(o.Config)
	o.Refs = slices.Clone(o.Refs)
	if o.Devices != nil {
		devices := make(map[string]map[string]string, len(o.Devices))
		for name, device := range o.Devices {
			devices[name] = maps.Clone(device)
		}
		o.Devices = devices
	}
	if o.Lists != nil {
		lists := make(map[string][]string, len(o.Lists))
		for name, list := range o.Lists {
			lists[name] = slices.Clone(list)
		}
		o.Lists = lists
	}
	if o.Members != nil {
		members := make(map[string]Part, len(o.Members))
		for name, part := range o.Members {
			members[name] = Part{Attrs: maps.Clone(part.Attrs), Config: maps.Clone(part.Config), State: part.State}
		}
		o.Members = members
	}
	return o
}

// PartsGo reports a desired object of whose parts every one is to be absent.
func (o Object) PartsGo() bool {
	for _, part := range o.Members {
		if part.State != StateAbsent {
			return false
		}
	}
	return len(o.Members) > 0
}

// MemberNames returns the names of the members that have a part, sorted.
func (o Object) MemberNames() []string { return SortedKeys(o.Members) }

// OfMember returns the object as that member has it, of a kind that is [Placed]: with the attributes, the configuration
// and the state of its part.
func (o Object) OfMember(member string) Object {
	part := o.Members[member]
	attrs := map[string]string{}
	maps.Copy(attrs, o.Attrs)
	maps.Copy(attrs, part.Attrs)
	o.Attrs, o.Config, o.State, o.Members = attrs, maps.Clone(part.Config), part.State, nil
	return o
}

// Texts goes over the maps of the object that have its values, each with what it is called; whoever changes them
// changes the object.
func (o Object) Texts() iter.Seq2[string, map[string]string] {
	return func(yield func(string, map[string]string) bool) {
		next := yield("attrs", o.Attrs) && yield("config", o.Config)
		for _, name := range SortedKeys(o.Devices) {
			next = next && yield("devices "+name, o.Devices[name])
		}
		for _, name := range o.MemberNames() {
			next = next && yield("members "+name, o.Members[name].Config)
		}
	}
}

// Hiding returns the object without what may not be shown: passwords in URLs, and what a desired one gives as a secret.
func (o Object) Hiding(want Object) Object {
	secrets := map[string]map[string]string{}
	for what, texts := range want.Texts() {
		secrets[what] = texts
	}
	o = o.Clone()
	for what, texts := range o.Texts() {
		for key, value := range texts {
			texts[key] = WithoutPasswords(value)
			if _, secret := SecretName(secrets[what][key]); secret && value != SecretIsSet {
				texts[key] = "***"
			}
		}
	}
	return o
}

// SortedKeys returns the keys of a map in order; nil for none.
func SortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	if len(m) == 0 {
		return nil
	}
	out := slices.AppendSeq(make([]K, 0, len(m)), maps.Keys(m))
	slices.Sort(out)
	return out
}

// With returns m with a value, made when it was nil.
func With[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	if m == nil {
		m = map[K]V{}
	}
	m[key] = value
	return m
}

// Map returns what of makes of each item; nil for none.
func Map[T, R any](list []T, of func(T) R) []R {
	if len(list) == 0 {
		return nil
	}
	out := make([]R, 0, len(list))
	for _, item := range list {
		out = append(out, of(item))
	}
	return out
}

// Filter returns the items that are meant, in a list of its own; nil for none.
func Filter[T any](list []T, meant func(T) bool) []T {
	return slices.DeleteFunc(append([]T(nil), list...), func(item T) bool { return !meant(item) })
}
