package session

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// blocked connects, from every member that is reached over SSH, to the addresses of every other one: where it serves
// the members, and where its clients. What cannot be tried is left out.
func (s *Session) blocked(ctx context.Context, backend drivers.Backend, live schema.Cluster) []care.Blocked {
	inspector, ok := backend.(drivers.Inspector)
	if !ok || !live.Facts.Clustered {
		return nil
	}
	var mu sync.Mutex
	var out []care.Blocked
	var group errgroup.Group
	group.SetLimit(s.Limits.Parallelism)
	for _, from := range live.Facts.MemberOrder() {
		for _, try := range served(live) {
			if try.To == from {
				continue
			}
			try.From = from
			group.Go(func() error {
				if err := inspector.ProbeFrom(ctx, try.From, try.Address); isSilent(err) {
					mu.Lock()
					defer mu.Unlock()
					out = append(out, try)
				}
				return nil
			})
		}
	}
	_ = group.Wait() // its functions return none
	return out
}

// served are the addresses of members that are in the cluster, one entry for each. A wildcard is none to connect to.
func served(live schema.Cluster) []care.Blocked {
	config, _ := live.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	var out []care.Blocked
	for _, name := range live.Facts.MemberOrder() {
		m := live.Facts.Members[name]
		host, connected := live.Facts.Hosts[name]
		if m.State == schema.StatePending || !m.Online && (!connected || host.Fault != "") {
			continue // nobody expects an answer
		}
		out = append(out, care.Blocked{To: name, Key: "cluster.https_address", Address: m.Address})
		if address := config.Members[name].Config["core.https_address"]; address != m.Address && reachable(address) {
			out = append(out, care.Blocked{To: name, Key: "core.https_address", Address: address})
		}
	}
	return slices.DeleteFunc(out, func(b care.Blocked) bool { return !hasPort(b.Address) })
}

// reachable reports an address that others can connect to: no wildcard, and no loopback address.
func reachable(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip, wrong := netip.ParseAddr(host)
	return err == nil && host != "" && host != "localhost" && (wrong != nil || !ip.IsUnspecified() && !ip.IsLoopback())
}
