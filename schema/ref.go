package schema

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// KindName names a resource kind in text: "storage_pool", "profile".
type KindName string

// The kinds that other packages have to know by name. Every other kind is known only through its [Spec].
const (
	KindServer      KindName = "server"
	KindMember      KindName = "member"
	KindGroup       KindName = "cluster_group"
	KindProject     KindName = "project"
	KindStoragePool KindName = "storage_pool"
	KindNetwork     KindName = "network"
	KindProfile     KindName = "profile"
	KindVolume      KindName = "storage_volume"
	KindInstance    KindName = "instance"
	KindImage       KindName = "image"
)

// DefaultProject is the project that always exists and that a [Ref] leaves out of its text form.
const DefaultProject = "default"

// ServerName is the name of the one object of kind [KindServer]: the configuration of the cluster's servers.
const ServerName = "config"

// Ref identifies an object. Project is empty for kinds that live outside projects.
type Ref struct {
	Kind    KindName
	Project string
	Name    string
}

// String returns "storage_pool/fast", "profile/default", or "profile/web/default" for a project other than
// the default one.
func (r Ref) String() string {
	if r.Project != "" && r.Project != DefaultProject {
		return string(r.Kind) + "/" + r.Project + "/" + r.Name
	}
	return string(r.Kind) + "/" + r.Name
}

// MarshalText makes Ref usable as a JSON string and as a JSON object key.
func (r Ref) MarshalText() ([]byte, error) {
	if r.Kind == "" {
		return nil, nil
	}
	return []byte(string(r.Kind) + "/" + r.Project + "/" + r.Name), nil
}

// UnmarshalText reads what MarshalText wrote: KIND/PROJECT/NAME, the project possibly empty.
func (r *Ref) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*r = Ref{}
		return nil
	}
	kind, rest, ok := strings.Cut(string(b), "/")
	project, name, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 || kind == "" || name == "" {
		return fmt.Errorf("reading reference %q: want KIND/PROJECT/NAME", b)
	}
	*r = Ref{Kind: KindName(kind), Project: project, Name: name}
	return nil
}

// Compare orders references by kind, project and name, names as people do.
func (r Ref) Compare(o Ref) int {
	if r.Kind != o.Kind {
		return cmp.Compare(r.Kind, o.Kind)
	}
	if r.Project != o.Project {
		return CompareNames(r.Project, o.Project)
	}
	return CompareNames(r.Name, o.Name)
}

// ParseRef reads KIND/NAME or KIND/PROJECT/NAME, as flags and the section clusterctl: spell references; the kind by
// its name or its plural. A name that includes its parent's is PARENT/NAME. A name that may have slashes of its own is
// taken for one of the default project: where objects are known, Means tells better. So is what people call an object.
func ParseRef(reg Registry, text string) (Ref, bool) {
	kind, rest, ok := cutKind(reg, text)
	parts, length := strings.Split(rest, "/"), kind.depth()+1
	if !ok || slices.Contains(parts, "") {
		return Ref{}, false
	}
	switch extra := len(parts) - length; {
	case extra == 0 && kind.Scope == ScopeProject, extra > 0 && kind.Slashes:
		return Ref{Kind: kind.Name, Project: DefaultProject, Name: rest}, true
	case extra == 0, extra < 0 && kind.Called != "":
		return Ref{Kind: kind.Name, Name: rest}, true
	case extra == 1 && kind.Scope == ScopeProject:
		return Ref{Kind: kind.Name, Project: parts[0], Name: strings.Join(parts[1:], "/")}, true
	}
	return Ref{}, false
}

// Means reports whether a text, spelled as for ParseRef, means that object; the default project may be spelled, too.
func (r Ref) Means(reg Registry, text string) bool {
	kind, rest, ok := cutKind(reg, text)
	if !ok || kind.Name != r.Kind {
		return false
	}
	unsaid := r.Project == "" || r.Project == DefaultProject
	return unsaid && rest == r.Name || r.Project != "" && rest == r.Project+"/"+r.Name
}

// cutKind splits a reference behind its kind.
func cutKind(reg Registry, text string) (kind Kind, rest string, ok bool) {
	word, rest, slash := strings.Cut(text, "/")
	kind, known := reg.Plural(word)
	if !known {
		kind, known = reg.Kind(KindName(word))
	}
	return kind, rest, slash && known
}

// parentMark stands in a Spec.Path for the name of the parent: "/1.0/storage-pools/{}/volumes/custom".
const parentMark = "{}"

// Split returns the name of the object that r's object belongs to, and its own: "local" and "v1" of "local/v1". The
// parent is empty for kinds whose names have one part; its own name has two where the path has two marks.
func (s Spec) Split(r Ref) (parent, name string) {
	parts := strings.SplitN(r.Name, "/", s.depth()+1)
	last := len(parts) - 1
	return strings.Join(parts[:last], "/"), parts[last]
}

// depth is how many names come before an object's own.
func (s Spec) depth() int { return strings.Count(s.Path, parentMark) }

// ListPath is the REST path of the list that has the object, without query.
func (s Spec) ListPath(r Ref) string {
	parent, _ := s.Split(r)
	path := s.Path
	for part := range strings.SplitSeq(parent, "/") {
		path = strings.Replace(path, parentMark, url.PathEscape(part), 1)
	}
	return strings.TrimSuffix(path, "/")
}

// ObjectPath is the REST path of the object, without query.
func (s Spec) ObjectPath(r Ref) string {
	_, name := s.Split(r)
	return s.ListPath(r) + "/" + url.PathEscape(name)
}

// Reference is an object that another one needs to exist before it, and the field that names it.
type Reference struct {
	// Field is a path in the naming object: "devices.root.pool", "config.network", "attrs.profiles", "lists.groups",
	// "members.node2"; "project" and the kind's ParentKey for what its own Ref says.
	Field string
	Ref   Ref
}

// References returns what an object refers to and where: its project, what it belongs to, the members that have single
// objects of it, and what its fields name. The same object is in it once for each field.
func (k Kind) References(o Object) []Reference {
	out := make([]Reference, 0, 4)
	add := func(field string, ref Ref) { out = append(out, Reference{Field: field, Ref: ref}) }
	if k.Scope == ScopeProject {
		add("project", Ref{Kind: KindProject, Name: o.Ref.Project})
	}
	if parent, _ := k.Split(o.Ref); parent != "" && k.Parent != "" {
		ref := Ref{Kind: k.Parent, Name: parent}
		if k.parentScope == ScopeProject {
			ref.Project = o.Ref.Project
		}
		add(k.ParentKey, ref)
	}
	if k.Lifecycle == Placed {
		for _, member := range o.MemberNames() {
			add("members."+member, Ref{Kind: KindMember, Name: member})
		}
	}
	if k.Names != nil {
		out = append(out, k.Names(o)...)
	}
	return out
}

// Refs returns what an object refers to, sorted, each object once. Whoever makes an object fills [Object.Refs] with it.
func (k Kind) Refs(o Object) []Ref {
	out := Map(k.References(o), func(r Reference) Ref { return r.Ref })
	slices.SortFunc(out, Ref.Compare)
	return slices.Compact(out)
}
