package session

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math/rand"
	"strings"

	"clusterctl/drivers"
	"clusterctl/schema"
)

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
