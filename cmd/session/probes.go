package session

import (
	"context"
	"maps"
	"slices"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// addressesOf returns the cluster addresses of the members, by name.
func addressesOf(live schema.Cluster) map[string]string {
	out := map[string]string{}
	for name, m := range live.Facts.Members {
		out[name] = m.Address
	}
	return out
}

// vantages is from how many members an address is tried that one of them could not connect to.
const vantages = 3

// probe connects to the cluster addresses, all at once, from one place; those that are silent there are tried from
// other members: a member may be cut off from some and not from others.
func (s *Session) probe(ctx context.Context, backend drivers.Backend, addresses map[string]string) probes {
	inspector, ok := backend.(drivers.Inspector)
	if !ok {
		return nil
	}
	out := probes{}
	var first []attempt
	for name, address := range addresses {
		if hasPort(address) {
			first = append(first, attempt{to: name, address: address})
		}
	}
	s.try(ctx, first, out, func(ctx context.Context, a attempt) error { return inspector.Probe(ctx, a.address) })
	var second []attempt
	for _, a := range first {
		if answered, tried := out.answered(a.to); !tried || answered {
			continue
		}
		from := slices.DeleteFunc(slices.Sorted(maps.Keys(addresses)), func(name string) bool { return name == a.to })
		for _, name := range from[:min(vantages, len(from))] {
			second = append(second, attempt{from: name, to: a.to, address: a.address})
		}
	}
	s.try(ctx, second, out, func(ctx context.Context, a attempt) error {
		return inspector.ProbeFrom(ctx, a.from, a.address)
	})
	return out
}

// attempt is a connection to the address of a member, from another one or from where the inspector is.
type attempt struct{ from, to, address string }

// try makes the connections and notes how they ended. One that could not be tried is not noted.
func (s *Session) try(ctx context.Context, attempts []attempt, into probes,
	connect func(context.Context, attempt) error) {
	for i, err := range each(s.Limits.Parallelism, attempts, func(a attempt) error { return connect(ctx, a) }) {
		if a := attempts[i]; err == nil || isSilent(err) {
			if into[a.to] == nil {
				into[a.to] = map[string]bool{}
			}
			into[a.to][a.from] = err == nil
		}
	}
}

// probes says who could connect to a member's cluster address: by member, and then by the member that tried; "" is
// where the inspector tries first.
type probes map[string]map[string]bool

// answered reports whether anybody could connect; tried whether anybody tried.
func (p probes) answered(name string) (answered, tried bool) {
	for _, ok := range p[name] {
		answered = answered || ok
	}
	return answered, len(p[name]) > 0
}

// silentFrom returns the members that could not connect, sorted.
func (p probes) silentFrom(name string) []string {
	var out []string
	for from, ok := range p[name] {
		if !ok && from != "" {
			out = append(out, from)
		}
	}
	slices.Sort(out)
	return out
}

// places returns the members from which silent ones were tried, sorted.
func (p probes) places() []string {
	var out []string
	for name := range p {
		out = append(out, p.silentFrom(name)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// answers says of each member that was tried whether anybody could connect.
func (p probes) answers() map[string]bool {
	out := map[string]bool{}
	for name := range p {
		out[name], _ = p.answered(name)
	}
	return out
}

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
