package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand"
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

// unmade has the names, for tasks about leftovers, of the OVN networks that no member calls created. The member that is
// asked makes one for all of them, by names that have its row's number.
func unmade(ctx context.Context, backend drivers.Backend, live schema.Cluster, asked string) map[schema.Ref]string {
	half := schema.Filter(live.OfKind(schema.KindNetwork), func(o schema.Object) bool {
		begun := o.Attrs["type"] == "ovn" && o.State != schema.StateCreated
		for _, part := range o.Members {
			begun = begun && part.State != schema.StateCreated
		}
		return begun
	})
	if len(half) == 0 {
		return nil
	}
	api, err := backend.API(ctx, asked)
	if err != nil {
		return nil // other guards say so
	}
	rows, err := drivers.SQL{API: api, Database: "global"}.Query(ctx,
		"SELECT p.name || '/' || n.name, n.id FROM networks n JOIN projects p ON p.id = n.project_id")
	if err != nil {
		return nil
	}
	server, _ := live.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	at := cmp.Or(server.Config["network.ovn.northbound_connection"], "unix:/var/run/ovn/ovnnb_db.sock")
	out := map[schema.Ref]string{}
	for _, o := range half {
		name := o.Ref.Project + "/" + o.Ref.Name
		for _, row := range rows {
			if id := row[1].String; row[0].String == name {
				mac := cmp.Or(o.Config["bridge.hwaddr"],
					routerMAC(pattern(live, o.Ref.Project), live.Facts.Hosts[asked].ClusterFingerprint, id))
				out[o.Ref] = strings.Join([]string{string(o.Ref.Kind) + ":" + name, id, strings.ToLower(mac), at,
					string(live.Facts.Flavour.Product)}, schema.PartSeparator)
			}
		}
	}
	return out
}

// pattern is what addresses in a project are drawn by (lxd 5.0.2, lxd/network/network_utils.go randomHwaddr; incus
// 6.0.4 the same, 6.0.6 internal/server/network/driver_common.go randomHwaddr).
func pattern(live schema.Cluster, project string) string {
	if live.Facts.Flavour.Product == schema.LXD {
		return "00:16:3e:xx:xx:xx"
	}
	const key = "network.hwaddr_pattern"
	within, _ := live.Get(schema.Ref{Kind: schema.KindProject, Name: project})
	server, _ := live.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	return cmp.Or(within.Config[key], server.Config[key], "10:66:6a:xx:xx:xx")
}

// routerMAC is the address of the ports of an OVN network's router: drawn, with the cluster's certificate and the
// number of the network's row as the seed (lxd 5.0.2, lxd/network/driver_ovn.go getRouterMAC, incus 6.0.4,
// internal/server/network/driver_ovn.go; measured), so that it tells whose network it is.
func routerMAC(pattern, fingerprint, id string) string {
	seed := fnv.New64a()
	_, _ = fmt.Fprintf(seed, "%s.0.%s", fingerprint, id) // a hash takes everything
	drawn := rand.New(rand.NewSource(int64(seed.Sum64())))
	var mac strings.Builder
	for _, c := range pattern {
		if c == 'x' || c == 'X' {
			fmt.Fprintf(&mac, "%x", drawn.Int31n(16))
		} else {
			mac.WriteRune(c)
		}
	}
	return mac.String()
}
