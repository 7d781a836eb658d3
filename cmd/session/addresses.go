package session

import (
	"context"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// addressLimit is how long a machine may take to tell its addresses.
const addressLimit = 15 * time.Second

// withAddresses returns the cluster with what the machines of its members say of their addresses, where a plan may
// come to need it: a member is to listen somewhere else, or addresses have host names. All are asked at once, over
// SSH alone: behind a unix socket may be another network namespace. One that cannot be asked tells nothing; whether
// it is reached is the plan's business.
func (s *Session) withAddresses(ctx context.Context, backend drivers.Backend, want schema.Preseed,
	live schema.Cluster) schema.Cluster {
	listeners := map[string][]string{}
	var named []string
	for _, m := range want.Members {
		if leaving(want, m.Name) {
			continue
		}
		named = append(named, hostNames(m.Address)...)
		if addresses := newAddresses(want, live, m); len(addresses) > 0 {
			listeners[m.Name] = hostNames(addresses...)
		}
	}
	shell, ok := backend.(drivers.Shell)
	if !ok || len(listeners) == 0 {
		return live
	}
	hosts := map[string]schema.HostFacts{}
	maps.Copy(hosts, live.Facts.Hosts)
	for i, found := range each(10, want.Members, func(m schema.Member) *schema.Addresses {
		names, listens := listeners[m.Name]
		if !listens && len(named) == 0 || m.Connection.SSH == nil || leaving(want, m.Name) {
			return nil
		}
		names = slices.Compact(slices.Sorted(slices.Values(slices.Concat(names, named))))
		return addressesOn(ctx, shell, m.Name, names)
	}) {
		if found != nil {
			host := hosts[want.Members[i].Name]
			host.Addresses = found
			hosts[want.Members[i].Name] = host
		}
	}
	live.Facts.Hosts = hosts
	return live
}

func addressesOn(ctx context.Context, shell drivers.Shell, member string, names []string) *schema.Addresses {
	limited, cancel := context.WithTimeout(ctx, addressLimit)
	defer cancel()
	out, err := shell.Run(limited, member, drivers.Command{Task: drivers.TaskAddresses, Names: names})
	zerolog.Ctx(ctx).Debug().Str("member", member).Err(err).Int("exit", out.Exit).Msg("asked for addresses")
	if err != nil {
		return nil
	}
	seen := drivers.ParseAddresses(out.Stdout)
	return &seen
}

// newAddresses returns the addresses at which a member is to listen and does not yet.
func newAddresses(want schema.Preseed, live schema.Cluster, m schema.Member) []string {
	server := schema.Ref{Kind: schema.KindServer, Name: schema.ServerName}
	wanted, _ := want.Want.Get(server)
	current, _ := live.Get(server)
	address := wanted.Members[m.Name].Config["core.https_address"]
	facts, member := live.Facts.Members[m.Name]
	switch {
	case !live.Facts.Clustered || !member || facts.State == schema.StatePending:
		return []string{m.Address, address}
	case address != "" && address != current.Members[m.Name].Config["core.https_address"]:
		return []string{address}
	}
	return nil
}

// hostNames are the hosts among the addresses that are names: no IP addresses, no wildcards.
func hostNames(addresses ...string) []string {
	var out []string
	for _, address := range addresses {
		if host, _, err := net.SplitHostPort(address); err == nil && host != "" && net.ParseIP(host) == nil {
			out = append(out, host)
		}
	}
	return out
}
