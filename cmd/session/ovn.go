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

// unmade has the names, for tasks about leftovers, of the OVN networks of LXD that no member calls created. The member
// that is asked makes one for all of them, by names that have its row's number. What Incus leaves was not looked at.
func unmade(ctx context.Context, backend drivers.Backend, live schema.Cluster, asked string) map[schema.Ref]string {
	half := schema.Filter(live.OfKind(schema.KindNetwork), func(o schema.Object) bool {
		begun := o.Attrs["type"] == "ovn" && o.State != schema.StateCreated
		for _, part := range o.Members {
			begun = begun && part.State != schema.StateCreated
		}
		return begun
	})
	if len(half) == 0 || live.Facts.Flavour.Product != schema.LXD {
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
				mac := cmp.Or(o.Config["bridge.hwaddr"], routerMAC(live.Facts.Hosts[asked].ClusterFingerprint, id))
				out[o.Ref] = strings.Join([]string{string(o.Ref.Kind) + ":" + name, id, mac, at}, schema.PartSeparator)
			}
		}
	}
	return out
}

// routerMAC is the address of the ports of an OVN network's router: drawn, with the cluster's certificate and the
// number of the network's row as the seed (lxd 5.0.2, lxd/network/driver_ovn.go getRouterMAC; measured), so that it
// tells whose network it is.
func routerMAC(fingerprint, id string) string {
	seed := fnv.New64a()
	_, _ = fmt.Fprintf(seed, "%s.0.%s", fingerprint, id) // a hash takes everything
	drawn := rand.New(rand.NewSource(int64(seed.Sum64())))
	mac := "00:16:3e"
	for range 3 {
		mac += fmt.Sprintf(":%x%x", drawn.Int31n(16), drawn.Int31n(16))
	}
	return mac
}
