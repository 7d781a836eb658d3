package schema

import (
	"net/url"
	"strings"
)

// parentMark stands in a Spec.Path for the name of the parent: "/1.0/storage-pools/{}/volumes/custom".
const parentMark = "{}"

// Split returns the name of the object that r's object belongs to, and its own: "local" and "v1" of "local/v1". The
// parent is empty for kinds that have none.
func (s Spec) Split(r Ref) (parent, name string) {
	if s.Parent == "" {
		return "", r.Name
	}
	parent, name, _ = strings.Cut(r.Name, "/")
	return parent, name
}

// ListPath is the REST path of the list that has the object, without query.
func (s Spec) ListPath(r Ref) string {
	parent, _ := s.Split(r)
	return strings.Replace(s.Path, parentMark, url.PathEscape(parent), 1)
}

// ObjectPath is the REST path of the object, without query.
func (s Spec) ObjectPath(r Ref) string {
	_, name := s.Split(r)
	return s.ListPath(r) + "/" + url.PathEscape(name)
}
