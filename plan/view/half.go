package view

import (
	"slices"
	"time"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Half reports a pool or network that is there and never was whole: a creation was broken off, or failed.
func (v *View) Half(r schema.Ref) bool {
	o, there := v.Live.Get(r)
	return there && v.Live.Facts.Clustered && v.Kind(r.Kind).Lifecycle == schema.Pending &&
		(o.State == schema.StatePending || o.State == schema.StateErrored)
}

// MendsFirst reports that a change finishes such an object, or takes it away, before members join.
func (v *View) MendsFirst(c plan.Change) bool {
	switch {
	case !v.Half(c.Ref):
		return false
	case c.Action == plan.Resume:
		return len(v.Joiners) > 0 && v.resumable(c.Ref)
	case c.Action == plan.Delete:
		return len(v.Joiners) > 0 && !v.usedNow(c.Ref)
	}
	return c.Action == plan.Rebuild
}

// resumable reports that all is there which a half-created object needs, or can be finished as well.
func (v *View) resumable(r schema.Ref) bool {
	return !slices.ContainsFunc(v.UsesThen(r), func(used schema.Ref) bool {
		return used.Kind != schema.KindProject && !v.Whole(used) && (!v.Half(used) || !v.resumable(used))
	})
}

func (v *View) usedNow(r schema.Ref) bool {
	return slices.ContainsFunc(v.Live.Refs(), func(user schema.Ref) bool {
		return slices.Contains(v.UsesNow(user), r)
	})
}

// Present are the members that are in the cluster and are not given up, whether they are to stay or not.
func (v *View) Present() []string {
	return slices.DeleteFunc(v.Live.Facts.MemberOrder(), func(name string) bool {
		return v.Live.Facts.Members[name].State == schema.StatePending ||
			v.Wanted(plan.MemberRef(name)).State == schema.StateLost
	})
}

// Left says what is there of the part of an object that a change finishes, builds anew or takes away, on a member whose
// part the database does not call created.
func (v *View) Left(c plan.Change, member string) []string {
	r := v.Live.Facts.Hosts[member].Remains
	if r == nil || slices.Contains(r.Fresh, c.Ref) || !v.Half(c.Ref) || c.Action != plan.Resume && !c.Deletes() ||
		v.Current(c.Ref).Members[member].State == schema.StateCreated {
		return nil
	}
	return r.Parts[c.Ref]
}

// Wiped reports a joiner on which an earlier join broke off so that it has to be wiped to join again: it began to join
// this cluster, does not work as a server of its own, and has no data. How to start it has to be known, and no pool may
// have a source of its own there, by the preseed, the cluster's database or the server's: what is on a device that is
// not mounted nobody sees.
func (v *View) Wiped(name string) bool {
	host, m := v.Live.Facts.Hosts[name], v.Member(name)
	joins := slices.ContainsFunc(v.Joiners, func(j schema.Member) bool { return j.Name == name })
	if r := host.Remains; !joins || r == nil || len(r.Data)+len(host.Sources) > 0 || r.Start == "" || v.Internal() == "" {
		return false
	}
	for _, side := range []schema.Cluster{v.Want.Want, v.Live} {
		for _, pool := range side.OfKind(schema.KindStoragePool) {
			if !schema.OwnSource(pool.Ref.Name, pool.Members[name].Config["source"]) {
				return false
			}
		}
	}
	row, pending := v.Live.Facts.Members[name] // that of a member is no joiner's
	switch {
	case host.Joining: // the reader has waited for it
		return !pending || row.HeartbeatAge > JoinLimit
	case host.Entering:
		return false
	case host.Fault != "":
		return pending || v.knows(host.Remains.Joined)
	case host.Clustered || len(host.Holds) == 0:
		return false
	}
	return (pending || host.Config["cluster.https_address"] == m.Address) &&
		!slices.ContainsFunc(host.Holds, func(text string) bool {
			_, ours := v.Live.Meant(v.Reg, text)
			return !ours
		})
}

// Unbootstrapped reports a server whose bootstrap broke off, and which is made one of its own again to begin anew.
// How to start it has to be known.
func (v *View) Unbootstrapped(name string) bool {
	host := v.Live.Facts.Hosts[name]
	joins := slices.ContainsFunc(v.Joiners, func(j schema.Member) bool { return j.Name == name })
	return host.HalfBootstrapped && !host.Entering && host.Fault == "" && (joins || name == v.Bootstrap) &&
		host.Remains != nil && host.Remains.Start != ""
}

// Torn reports a server whose daemon died in its bootstrap while it wrote the certificate of the cluster or its key,
// and does not start on that, so that nobody else tells: there is no cluster, nobody else is in its own database, and
// its Raft configuration is that of a server alone, which none can have joined. How to start it has to be known.
func Torn(f schema.Facts, name string) bool {
	r := f.Hosts[name].Remains
	return !f.Clustered && f.Hosts[name].Fault != "" && r != nil && r.Torn != "" && r.Start != "" &&
		len(r.Joined) == 1 &&
		len(r.Raft) == 1 && r.Raft[0].Address == schema.AloneAddress
}

// Restarted reports a member whose join failed at its very end, and whose daemon is started again for it. How to do
// that has to be known.
func (v *View) Restarted(name string) bool {
	host := v.Live.Facts.Hosts[name]
	_, declared := v.Want.Want.Get(plan.MemberRef(name))
	return host.JoinFailed && declared && host.Remains != nil && host.Remains.Start != "" && host.Remains.Stop != ""
}

// HeldUp are the members that answer and have no heartbeat, where a join that broke off is to be mended: a joiner that
// hangs keeps the leader from its rounds of heartbeats until its daemon is gone (lxd 5.0.2, measured: none for as long
// as it hung, and the next at once); and those whose join is ended by a restart, which may lead the database without
// making any (incus 6.0.4, measured).
func (v *View) HeldUp() []string {
	names := v.Live.Facts.MemberOrder()
	if !slices.ContainsFunc(v.Joiners, func(m schema.Member) bool { return v.Wiped(m.Name) }) &&
		!slices.ContainsFunc(names, v.Restarted) {
		return nil
	}
	return schema.Filter(names, func(name string) bool {
		row, host := v.Live.Facts.Members[name], v.Live.Facts.Hosts[name]
		return v.Restarted(name) || row.State != schema.StatePending && !row.Online && host.Clustered && host.Fault == "" &&
			v.Wanted(plan.MemberRef(name)).State != schema.StateLost
	})
}

// JoinLimit is how long a join can take that is not dead: LXD gives up adding a member to the database after a minute
// (lxd 5.0.2, lxd/cluster/membership.go Join).
const JoinLimit = 70 * time.Second

// knows reports that one of the addresses is that of a member.
func (v *View) knows(addresses []string) bool {
	for _, m := range v.Live.Facts.Members {
		if slices.Contains(addresses, m.Address) {
			return true
		}
	}
	return false
}

// KeepsTrust reports servers whose API refuses to delete a server's certificate (lxd 5.21.4 and 6.4,
// lxd/certificates.go certificateDelete: "Remove the cluster member instead"). Their joins take one that is there
// already (the same versions and 5.21.7, 6.9, lxd/api_cluster.go: an identity that exists is no fault).
func KeepsTrust(f schema.Flavour) bool {
	return f.Version != "" && schema.Versions{schema.LXD: {{From: "5.21.4", Until: "5.21"}, {From: "6.4"}},
		schema.Incus: {}}.In(f)
}

// AdmitsAhead reports servers that take a joiner without a token once its certificate is in the trust store, and delete
// it from there again (lxd 5.0.2 to 5.20, lxd/api_cluster.go clusterPutJoin; measured on 5.0.2). With a token each join
// has all members asked who made it, and then told of the certificate: a third of the tenth join (measured).
func AdmitsAhead(f schema.Flavour) bool {
	return f.Version != "" && schema.Versions{schema.LXD: {{Until: "5.20"}}, schema.Incus: {}}.In(f)
}

// Internal is a member of the cluster whose socket is reached, the leader if possible: the daemon's internal endpoints
// are there. It is empty when there is none.
func (v *View) Internal() string { return SocketOf(v.Live.Facts) }

// SocketOf is Internal for the facts alone.
func SocketOf(f schema.Facts) string {
	usable := func(name string) bool {
		h, ok := f.Hosts[name]
		return ok && h.Socket && h.Fault == "" && h.Clustered
	}
	if usable(f.Leader) {
		return f.Leader
	}
	for _, name := range f.MemberOrder() {
		if usable(name) {
			return name
		}
	}
	return ""
}
