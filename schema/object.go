package schema

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"sort"
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

// Cluster is a set of objects, desired or live, with what is known beside them.
type Cluster struct {
	// sorted are the objects ordered by reference, index their places there.
	sorted []Object
	index  map[Ref]int
	// Facts is what the reader learnt about the servers; empty on the desired side.
	Facts Facts
}

// NewCluster returns a cluster of the given objects. A later object replaces an earlier one of the same Ref.
func NewCluster(facts Facts, objects ...Object) Cluster {
	c := Cluster{sorted: inOrder(objects), index: make(map[Ref]int, len(objects)), Facts: facts}
	for i, o := range c.sorted {
		c.index[o.Ref] = i
	}
	return c
}

// inOrder returns the objects ordered by reference, of several with the same one the last.
func inOrder(objects []Object) []Object {
	out := make([]Object, 0, len(objects))
	for _, o := range ordered(objects, func(a, b *Object) int { return a.Ref.Compare(b.Ref) }) {
		if last := len(out) - 1; last >= 0 && out[last].Ref == o.Ref {
			out[last] = o
			continue
		}
		out = append(out, o)
	}
	return out
}

// ordered returns a list in order, equal items as they come. The items, which are large, are moved once.
func ordered[T any](list []T, compare func(a, b *T) int) []T {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(compare(&list[i], &list[j]), i-j) })
	return Map(order, func(i int) T { return list[i] })
}

// With returns the same objects with other facts.
func (c Cluster) With(facts Facts) Cluster {
	c.Facts = facts
	return c
}

// Replace returns the same objects but for the one of that reference, which must be there.
func (c Cluster) Replace(o Object) Cluster {
	c.sorted = slices.Clone(c.sorted)
	c.sorted[c.index[o.Ref]] = o
	return c
}

// Get returns the object of that reference.
func (c Cluster) Get(r Ref) (Object, bool) {
	i, ok := c.index[r]
	if !ok {
		return Object{}, false
	}
	return c.sorted[i], true
}

// Len returns the number of objects.
func (c Cluster) Len() int { return len(c.sorted) }

// Refs returns all references in order.
func (c Cluster) Refs() []Ref {
	return Map(c.sorted, func(o Object) Ref { return o.Ref })
}

// Objects returns all objects ordered by reference.
func (c Cluster) Objects() []Object { return slices.Clone(c.sorted) }

// All goes over all objects ordered by reference; unlike [Cluster.Objects] it makes no list of them.
func (c Cluster) All() iter.Seq[Object] { return slices.Values(c.sorted) }

// OfKind returns the objects of one kind ordered by reference. It takes no longer for the objects of other kinds.
func (c Cluster) OfKind(k KindName) []Object { return slices.Clone(c.ofKind(k)) }

// AllOfKind goes over what [Cluster.OfKind] returns; it makes no list of them.
func (c Cluster) AllOfKind(k KindName) iter.Seq[Object] { return slices.Values(c.ofKind(k)) }

// ofKind is OfKind in the memory of the cluster.
func (c Cluster) ofKind(k KindName) []Object {
	first := sort.Search(len(c.sorted), func(i int) bool { return c.sorted[i].Ref.Kind >= k })
	last := first + sort.Search(len(c.sorted)-first, func(i int) bool { return c.sorted[first+i].Ref.Kind > k })
	return c.sorted[first:last]
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

// Found is one row or one REST answer about an object: all of it, or what one member has of it.
type Found struct {
	Object Object
	// Member is who has it; empty for what is nobody's own, such as a volume of a remote pool.
	Member string
}

// Fold makes live objects of what was found, whichever reader found it: what members have of the same object becomes
// the parts of one, and what LXD keeps among the configuration becomes an attribute. References are filled in.
func Fold(kind Kind, found []Found) []Object {
	out := make([]Object, 0, len(found))
	for _, f := range ordered(found, func(a, b *Found) int { return a.Object.Ref.Compare(b.Object.Ref) }) {
		o := f.Object
		if kind.Internal != nil && kind.Internal(o) {
			continue
		}
		if kind.Finish != nil {
			o = kind.Finish(o)
		}
		if f.Member != "" {
			o = kind.asPart(o, f.Member)
		}
		if last := len(out) - 1; f.Member != "" && last >= 0 && out[last].Ref == o.Ref {
			out[last].Members[f.Member] = o.Members[f.Member]
			continue
		}
		out = append(out, o)
	}
	for i := range out {
		out[i].Refs = kind.Refs(out[i])
	}
	return out
}

// asPart gives an object that one member has as that member's part. Where each member has an object of its own, the
// configuration and the local attributes are the part's.
func (s Spec) asPart(o Object, member string) Object {
	part := Part{State: o.State}
	if s.Lifecycle == Placed {
		part.Config, o.Config = o.Config, nil
		part.Attrs, o.Attrs = s.splitAttrs(o.Attrs)
	}
	o.Members = map[string]Part{member: part}
	return o
}

// splitAttrs parts the local attributes from the others.
func (s Spec) splitAttrs(attrs map[string]string) (local, shared map[string]string) {
	for name, value := range attrs {
		into := &shared
		if attr, _ := s.Attr(name); attr.Local {
			into = &local
		}
		*into = With(*into, name, value)
	}
	return local, shared
}

// OnTarget returns a desired object as the part of that member, for entries that name a target; without one it returns
// the object as it is.
func (s Spec) OnTarget(o Object, target string) Object {
	if target == "" {
		return o
	}
	out := s.asPart(o, target)
	out.State = "" // what becomes of the part is in the part
	return out
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
