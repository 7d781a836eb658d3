package session

import (
	"context"
	"maps"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// heard is the cluster with those members marked that have a young heartbeat and to which nobody can connect, by the
// same evidence as a status. Their heartbeats stay what they are.
func (s *Session) heard(ctx context.Context, backend drivers.Backend, live schema.Cluster) schema.Cluster {
	return silenced(live, s.probe(ctx, backend, addressesOf(live)))
}

func silenced(live schema.Cluster, seen probes) schema.Cluster {
	members := maps.Clone(live.Facts.Members)
	for name, m := range members {
		state, _ := stateOf(live.Facts, name, seen)
		m.Silent = m.Online && state == "Offline"
		members[name] = m
	}
	live.Facts.Members = members
	return live
}

// asInStatus is the cluster with as many voters online as a status counts; see [lateHeartbeats].
func asInStatus(live schema.Cluster, seen probes) schema.Cluster {
	status := statusOf(live, seen)
	live = silenced(live, seen)
	late := status.Cluster.Quorum.Online - quorumOf(status.Members).Online
	for _, m := range status.Members {
		if late > 0 && m.State == "Offline" && m.votesAndAnswers() {
			row := live.Facts.Members[m.Name]
			row.Online, row.Silent, late = true, false, late-1
			live.Facts.Members[m.Name] = row // a copy already
		}
	}
	return live
}
