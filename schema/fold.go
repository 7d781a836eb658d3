package schema

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
