package session

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"slices"

	"clusterctl/drivers"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// blocked connects, from every member that is reached over SSH, to the addresses of every other one: where it serves
// the members, and where its clients. From where that cannot be tried is in unmade.
func (s *Session) blocked(ctx context.Context, inspector drivers.Inspector,
	live schema.Cluster) (out []care.Blocked, unmade []care.Unmade) {
	var tries []care.Blocked
	for _, from := range live.Facts.MemberOrder() {
		for _, try := range served(live) {
			if try.From = from; try.To != from {
				tries = append(tries, try)
			}
		}
	}
	untried := map[string]error{}
	for i, err := range each(s.Limits.Parallelism, tries, func(b care.Blocked) error {
		return inspector.ProbeFrom(ctx, b.From, b.Address)
	}) {
		switch {
		case isSilent(err):
			out = append(out, tries[i])
		case err != nil:
			untried[tries[i].From] = err
		}
	}
	for _, from := range slices.Sorted(maps.Keys(untried)) {
		unmade = append(unmade, care.Unmade{Check: "connections to the other members", Member: from,
			Cause: drivers.Cause(untried[from])})
	}
	return out, unmade
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
