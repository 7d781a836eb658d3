package plan

import (
	"net"
	"strconv"

	"clusterctl/schema"
)

// maxVoters is the value of cluster.max_voters once the plan is done; 3 unless somebody says otherwise.
func (d *draft) maxVoters() int {
	want, _ := d.want.Want.Get(serverRef())
	live, _ := d.live.Get(serverRef())
	for _, text := range []string{want.Config["cluster.max_voters"], live.Config["cluster.max_voters"]} {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	return 3
}

// voters predicts the voters of a cluster of n members that are all online: one until the third member comes,
// then as many as there are members, up to the limit (lxd 5.0.2, lxd/cluster/membership.go).
func (d *draft) voters(n int) Voters {
	switch {
	case n == 0:
		return Voters{}
	case n < 3:
		return Voters{Online: 1, Needed: 1}
	}
	count := min(n, d.maxVoters())
	return Voters{Online: count, Needed: count/2 + 1}
}

// canPipeline reports whether joins may overlap: every member is online, the database says who has which role, and
// the roles are complete, so that a join changes nobody else's.
func (d *draft) canPipeline() bool {
	facts := d.live.Facts
	if !facts.Clustered {
		return facts.Flavour.Product != schema.Incus
	}
	voters := 0
	for _, m := range facts.Members {
		if !m.Online || m.State != schema.StateCreated || m.Role == "" {
			return false
		}
		if m.Role == schema.Voter {
			voters++
		}
	}
	return facts.Flavour.Product != schema.Incus && voters == d.voters(len(facts.Members)).Online
}

// wildcard reports whether a listen address names no host: ":8443", "[::]:8443", "0.0.0.0:8443".
func wildcard(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}
