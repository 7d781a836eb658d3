package schema

import (
	"slices"
	"strings"
)

// ParseRef reads KIND/NAME or KIND/PROJECT/NAME, as flags and the section clusterctl: spell references; the kind by
// its name or its plural. A name that includes its parent's is PARENT/NAME. A name that may have slashes of its own is
// taken for one of the default project: where objects are known, Means tells better.
func ParseRef(reg Registry, text string) (Ref, bool) {
	kind, rest, ok := cutKind(reg, text)
	parts, length := strings.Split(rest, "/"), 1
	if kind.Parent != "" {
		length = 2
	}
	if !ok || slices.Contains(parts, "") {
		return Ref{}, false
	}
	switch extra := len(parts) - length; {
	case extra == 0 && kind.Scope == ScopeProject, extra > 0 && kind.Slashes:
		return Ref{Kind: kind.Name, Project: DefaultProject, Name: rest}, true
	case extra == 0:
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
