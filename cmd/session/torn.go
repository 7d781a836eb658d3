package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"clusterctl/drivers"
	"clusterctl/drivers/offline"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// withTorn returns the cluster with what the machine of the member that begins it says of leftovers, where there is no
// cluster yet, its daemon does not answer, and the certificate of the cluster or its key is half-written there: a
// daemon that died in its bootstrap left it, or lost it with the power. Only what can be taken back without loss is;
// of anything else it says why not.
func (s *Session) withTorn(ctx context.Context, backend drivers.Backend, want schema.Preseed,
	live schema.Cluster) schema.Cluster {
	shell, ok := backend.(drivers.Shell)
	host := live.Facts.Hosts[want.Bootstrap]
	i := slices.IndexFunc(want.Members, func(m schema.Member) bool { return m.Name == want.Bootstrap })
	silent := []schema.Fault{schema.FaultUnreachable, schema.FaultTimeout, schema.FaultStarting}
	if !ok || i < 0 || live.Facts.Clustered || want.Members[i].Connection.HTTPS != nil ||
		!slices.Contains(silent, host.FaultKind) {
		return live
	}
	limited, cancel := context.WithTimeout(ctx, remainsLimit)
	defer cancel()
	m, given := want.Members[i], s.allowed(want)
	r, err := remainsOn(limited, shell, m, given, nil)
	if err != nil || r.Torn == "" {
		return live // not reached, or something else: other guards say so
	}
	r.Raft, err = offline.Servers(limited, shell, drivers.Command{Binary: r.Binary, Folder: r.Folder, Member: m.Name})
	host.Remains = r
	live.Facts.Hosts = maps.Clone(live.Facts.Hosts)
	live.Facts.Hosts[m.Name] = host
	if !view.Torn(live.Facts, m.Name) {
		if r.Start == "" && given != want.Settings.Service {
			err = errors.New("the commands under clusterctl: service: are not allowed; add --allow-commands if they " +
				"may run")
		}
		s.Warn(fmt.Errorf("the daemon of %s has a half-written %s, with which it does not start, as a bootstrap "+
			"leaves it that broke off; it is left as it is: %s", m.Name, r.Torn, whyTorn(*r, err)))
	}
	return live
}

// whyTorn is why a half-written certificate is left as it is; err is what could not be read, or may not be done.
func whyTorn(r schema.Remains, err error) string {
	addresses := strings.Join(schema.Map(r.Raft, func(m schema.RaftMember) string { return m.Address }), ", ")
	switch {
	case err != nil:
		return err.Error()
	case r.Start == "":
		return "how to start the daemon is not known (clusterctl: service:)"
	case len(r.Joined) == 0:
		return "its own database has no member, and not itself alone"
	case len(r.Joined) != 1:
		return fmt.Sprintf("its own database has %d members, and not itself alone: %s", len(r.Joined),
			strings.Join(r.Joined, ", "))
	}
	return "its Raft configuration has " + addresses + ", so that it was in a cluster"
}
