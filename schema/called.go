package schema

// CalledBy returns the reference by which people call an object whose own name is nothing to remember: that of a certificate has
// its name instead of the fingerprint. ok is false for other kinds, and when another object of the cluster is called the same.
func (c Cluster) CalledBy(spec Spec, o Object) (called Ref, ok bool) {
	if spec.Called == "" || o.Attrs[spec.Called] == "" {
		return Ref{}, false
	}
	for _, other := range c.OfKind(o.Ref.Kind) {
		if other.Ref != o.Ref && other.Attrs[spec.Called] == o.Attrs[spec.Called] {
			return Ref{}, false
		}
	}
	return Ref{Kind: o.Ref.Kind, Project: o.Ref.Project, Name: o.Attrs[spec.Called]}, true
}

// Find returns the object of that reference, or the one that people call so.
func (c Cluster) Find(spec Spec, r Ref) (Object, bool) {
	if o, ok := c.Get(r); ok || spec.Called == "" {
		return o, ok
	}
	for _, o := range c.OfKind(r.Kind) {
		if called, ok := c.CalledBy(spec, o); ok && called == r {
			return o, true
		}
	}
	return Object{}, false
}
