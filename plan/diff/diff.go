package diff

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// Diff returns the differences between the desired and the live side, ordered by the rank of their kinds and by
// name; deletions come last, in the opposite order. An object that the preseed does not mention is no difference; one
// that it does mention and nobody saw is neither a difference nor equal, but among the unseen.
func Diff(want schema.Preseed, live schema.Cluster, reg schema.Registry) ([]plan.Change, []plan.Unseen) {
	var changes, deletions []plan.Change
	var unseen []plan.Unseen
	for _, kind := range reg.All() {
		d := differ{comparer: comparing(kind.Spec, want, live.Facts), want: want, live: live}
		for o := range want.Want.AllOfKind(kind.Name) {
			counterpart, found := live.Get(o.Ref)
			counterpart, lost := view.Remaining(want.Want, kind, counterpart)
			found = found && counterpart.Ref.Kind != ""
			hidden, all := d.notSeen(o, counterpart)
			if all {
				unseen = append(unseen, hidden...)
				continue
			}
			c, ok := d.object(o, counterpart, found)
			if c.Action == plan.Create && lost != "" {
				c.Reason = "lost with " + lost
			}
			var more []plan.Unseen
			fields := len(c.Fields)
			c.Fields, more = d.seen(c.Ref, c.Fields)
			unseen = slices.Concat(unseen, hidden, more)
			switch {
			case !ok, c.Action == plan.Update && fields > 0 && len(c.Fields) == 0:
			case c.Action == plan.Delete:
				deletions = append(deletions, c)
			default:
				changes = append(changes, c)
			}
		}
	}
	slices.Reverse(deletions)
	return append(changes, deletions...), unseen
}

type differ struct {
	comparer
	want schema.Preseed
	live schema.Cluster
}

// object compares one desired object with its live counterpart.
func (d differ) object(want, live schema.Object, found bool) (plan.Change, bool) {
	c := plan.Change{Ref: want.Ref, At: d.source.At(want.Ref, "")}
	switch {
	case d.spec.Lifecycle == schema.ReadOnly:
		return c, false
	case want.State == schema.StateAbsent, want.State == schema.StateLost:
		c.Action, c.Reason, c.At = plan.Delete, "state: "+string(want.State), d.source.At(want.Ref, "state")
		return c, found
	case d.spec.Lifecycle == schema.Singleton:
		c.Action, c.Reason = plan.Update, "differs"
		c.Fields = d.singleton(want, live)
		return c, len(c.Fields) > 0
	case !found:
		c.Action, c.Reason = plan.Create, "not there"
		c.Fields = append(d.fields(want, schema.Object{}), d.partChanges(want, schema.Object{})...)
		return d.withParts(c, want), !want.PartsGo()
	}
	return d.existing(c, want, live)
}

// existing compares one that is there: what is done about its differences depends on what can be changed, and on how
// far the live object ever came.
func (d differ) existing(c plan.Change, want, live schema.Object) (plan.Change, bool) {
	c.Fields = d.differences(want, live)
	if f, differs := d.rebuilt(want, live); differs {
		c.Action, c.Reason = plan.Rebuild, "is made from another image, and rebuild: true"
		c.Fields = append([]plan.FieldChange{f}, c.Fields...)
		return c, true
	}
	if d.spec.Lifecycle == schema.Membership && d.facts.Hosts[want.Ref.Name].JoinFailed {
		c.Action, c.Reason = plan.Resume, "is listed, and its daemon takes itself for no member: its join failed at its end"
		return c, true
	}
	immutable := d.immutable(c.Fields, live)
	if _, hidden := d.facts.KindNotSeen(want.Ref.Kind, "members"); d.spec.Lifecycle == schema.Pending && !hidden {
		missing := d.missingParts(live)
		if why := d.stuck(c.Fields, live, missing, immutable); why != "" {
			c.Action, c.Reason = plan.Rebuild, fmt.Sprintf("is %s, and %s: deleted and created anew", live.State, why)
			return c, true
		}
		if immutable == "" && (live.State != schema.StateCreated || len(missing) > 0) {
			return d.resume(c, live, missing), true
		}
	}
	if immutable != "" {
		c.Action, c.Reason = plan.Refuse, immutable
		return c, true
	}
	c.Action, c.Reason = plan.Update, "differs"
	if want.PartsGo() && len(c.Fields) == len(live.Members) {
		c.Action, c.Reason = plan.Delete, "state: absent"
	}
	return c, len(c.Fields) > 0
}

// differences are those in where an object and its parts are, and in what they have.
func (d differ) differences(want, live schema.Object) []plan.FieldChange {
	out := slices.Concat(d.placement(want, live), d.partChanges(want, live))
	if !want.PartsGo() {
		fields := d.fields(want, live)
		if len(out) == 0 {
			fields = d.atRest(fields, live)
		}
		out = append(fields, out...)
	}
	if f, differs := EvacuationState(want, live); differs && d.spec.Lifecycle == schema.Membership {
		out = append(out, d.at(want.Ref, f))
	}
	return out
}

// singleton leaves out the parts of members that are not in the cluster yet: they are set when these join.
func (d differ) singleton(want, live schema.Object) []plan.FieldChange {
	if !d.live.Facts.Clustered {
		want = want.Clone()
		want.Members = nil
	}
	return d.fields(want, live)
}

// withParts adds the member-specific keys of an object that is not there yet.
func (d differ) withParts(c plan.Change, want schema.Object) plan.Change {
	for _, member := range want.MemberNames() {
		c.Fields = append(c.Fields, d.part(want, member, d.variant(want, schema.Object{}), schema.Part{})...)
	}
	return c
}

// immutable says why one of the differences cannot be made on a live object; empty when all can.
func (d differ) immutable(fields []plan.FieldChange, live schema.Object) string {
	for _, f := range fields {
		if attr, ok := d.spec.Attr(f.Key); ok && attr.Immutable && strings.HasPrefix(f.Path, "attrs.") {
			return fmt.Sprintf("%s cannot be changed from %q to %q", f.Key, f.Old, f.New)
		}
		isConfig := f.Member != "" || strings.HasPrefix(f.Path, "config.")
		rule, _ := d.spec.Rule(live.Attrs[d.spec.Variant], f.Key)
		if !isConfig || !rule.Immutable || !d.settled(live, f.Member) {
			continue
		}
		where := ""
		if f.Member != "" {
			where = " on " + f.Member
		}
		return fmt.Sprintf("%s%s cannot be changed from %q to %q once the %s is created", f.Key, where, f.Old, f.New,
			d.spec.Title)
	}
	return ""
}

// settled reports that the object, or that member's part of it, is past the state in which keys can be replaced. In an
// errored object the parts that did not come up are still pending and take new keys (measured on lxd 5.0.2).
func (d differ) settled(live schema.Object, member string) bool {
	if d.spec.Lifecycle != schema.Pending {
		return true
	}
	switch part := live.Members[member]; live.State {
	case schema.StatePending:
		return part.State == schema.StateCreated
	case schema.StateErrored:
		return part.State != schema.StatePending
	}
	return true
}

// missingParts returns the members of the cluster that have no part of the object.
func (d differ) missingParts(live schema.Object) []string {
	var missing []string
	for _, m := range d.live.Facts.MemberOrder() {
		if d.live.Facts.Members[m].State == schema.StatePending {
			continue
		}
		if _, ok := live.Members[m]; !ok && d.live.Facts.Clustered {
			missing = append(missing, m)
		}
	}
	return missing
}

// stuck says why an object that never was whole cannot be finished as declared; nothing when it can. A server that has
// tried keeps the cluster-wide keys and takes no others ("Cannot update network global config when not in created
// state"; lxd 5.0.2, measured). Where a member's keys are corrected as well, these may be the cause, and it is tried.
func (d differ) stuck(fields []plan.FieldChange, live schema.Object, missing []string, immutable string) string {
	server := d.facts.Flavour.Product.Title()
	tried := live.State == schema.StateErrored || len(live.Config) > 0
	switch {
	case live.State != schema.StatePending && live.State != schema.StateErrored:
		return ""
	case immutable != "":
		return immutable
	case live.State == schema.StateErrored && slices.Contains(d.spec.Whole, live.Attrs[d.spec.Variant]):
		// The server defines it on all members by itself, each time, and what is errored it does not define (lxd 5.0.2,
		// lxd/db/networks.go CreatePendingNetwork; the same in incus 6.0.4; measured on LXD).
		return server + " cannot finish one of " + d.spec.Variant + " " + live.Attrs[d.spec.Variant]
	case live.State == schema.StateErrored && len(missing) > 0:
		return server + " cannot add " + strings.Join(missing, ", ") + " to it"
	case !tried || slices.ContainsFunc(fields, func(f plan.FieldChange) bool { return f.Member != "" }):
		return ""
	}
	for _, f := range fields {
		if strings.HasPrefix(f.Path, "config.") {
			return server + " takes no other " + f.Key + " then"
		}
	}
	return ""
}

func (d differ) resume(c plan.Change, live schema.Object, missing []string) plan.Change {
	c.Action = plan.Resume
	c.Reason = fmt.Sprintf("is %s", live.State)
	if n := len(live.Members); len(missing) > 0 {
		c.Reason += fmt.Sprintf(", defined on %d of %d members", n, n+len(missing))
	}
	if len(missing) > 0 && live.State != schema.StatePending {
		// lxd 5.0.2, lxd/db/cluster CreatePendingStoragePool: no part is added once the object left the pending state.
		c.Action = plan.Refuse
		c.Reason += fmt.Sprintf("; %s cannot add %s to a %s that is %s: delete it and apply again",
			d.facts.Flavour.Product.Title(), strings.Join(missing, ", "), d.spec.Title, live.State)
	}
	for _, m := range missing {
		c.Fields = append(c.Fields, plan.FieldChange{Path: "members." + m, Member: m, New: "defined"})
	}
	return c
}
