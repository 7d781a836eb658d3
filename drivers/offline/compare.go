package offline

import (
	"reflect"

	"clusterctl/schema"
)

// Difference is what one copy has and another does not.
type Difference struct {
	// Entries are the entries of the log that only one has, each a transaction or a part of one; at least so many unless
	// Exact.
	Entries uint64
	Exact   bool
	// Only are the objects that only it has, Changed those that differ, Gone those that only the other one has. All are
	// empty unless Compared: the rows of both could be read.
	Only, Changed, Gone []schema.Ref
	Compared            bool
}

// Beyond returns what this copy has and the other one does not.
func (c Copy) Beyond(other Copy) Difference {
	var d Difference
	d.Entries, d.Exact = c.log.Beyond(other.log)
	if c.Unread != "" || other.Unread != "" {
		return d
	}
	d.Compared = true
	for _, mine := range c.Cluster.Objects() {
		theirs, there := other.Cluster.Get(mine.Ref)
		switch {
		case !there:
			d.Only = append(d.Only, mine.Ref)
		case !reflect.DeepEqual(stored(mine), stored(theirs)):
			d.Changed = append(d.Changed, mine.Ref)
		}
	}
	for _, theirs := range other.Cluster.Objects() {
		if _, there := c.Cluster.Get(theirs.Ref); !there {
			d.Gone = append(d.Gone, theirs.Ref)
		}
	}
	return d
}

// stored is what somebody has stored of an object. Whether a member is there depends on the time of its heartbeat.
func stored(o schema.Object) schema.Object {
	if o.Ref.Kind == schema.KindMember {
		o.State = ""
	}
	return o
}
