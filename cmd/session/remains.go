package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/plan/care"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// remainsLimit is how long a machine may take to tell what is left there.
const remainsLimit = time.Minute

// makingLimit is how long a daemon may go on with a pool or network that a run had it create and did not wait for.
const makingLimit = 2 * time.Minute

// withLeftovers is withRemains, and reads the cluster again while a daemon is still making what looks like a leftover:
// LXD says errored of a pool or network until it is whole, and has no operation for it (lxd 5.0.2,
// lxd/networks.go networksPostCluster).
func (s *Session) withLeftovers(ctx context.Context, backend drivers.Backend, want schema.Preseed,
	live schema.Cluster) (schema.Cluster, error) {
	began, told := s.Now(), false
	for {
		seen := s.withRemains(ctx, backend, want, live)
		member, what := making(seen.Facts)
		if what.Kind == "" || !s.Now().Before(began.Add(makingLimit)) {
			return seen, nil
		}
		if !told {
			s.Warn(fmt.Errorf("the daemon of %s may still be creating %s: waiting until it is whole, or has not changed for a "+
				"quarter of a minute", member, s.Registry.NameOf(what)))
			told = true
		}
		if !drivers.Pause(ctx, restPause) {
			return live, Fail(ExitInterrupted, "", errors.New("interrupted while reading the cluster"))
		}
		var err error
		if live, err = s.readAtRest(ctx, backend); err != nil {
			return live, err
		}
	}
}

// making is a part that a member's daemon may still be making, and that would be taken for a leftover.
func making(f schema.Facts) (member string, what schema.Ref) {
	for _, name := range f.MemberOrder() {
		if r := f.Hosts[name].Remains; r != nil {
			for _, fresh := range r.Fresh {
				if len(r.Parts[fresh]) > 0 {
					return name, fresh
				}
			}
		}
	}
	return "", schema.Ref{}
}

// withRemains returns the cluster with what the machines of its members say of leftovers, where there may be some: a
// pool or network is half created, or a server that is to join has begun to, or does not answer. All are asked at once.
func (s *Session) withRemains(ctx context.Context, backend drivers.Backend, want schema.Preseed,
	live schema.Cluster) schema.Cluster {
	shell, ok := backend.(drivers.Shell)
	if !ok || !live.Facts.Clustered && !live.Facts.Hosts[want.Bootstrap].HalfBootstrapped {
		return live
	}
	asked := view.SocketOf(live.Facts)
	logical := unmade(ctx, backend, live, asked)
	found := each(10, want.Members, func(m schema.Member) *schema.Remains {
		parts, shared := s.halfParts(live, m.Name)
		if m.Name == asked {
			parts = append(parts, slices.Sorted(maps.Values(logical))...)
		}
		if m.Connection.HTTPS != nil || leaving(want, m.Name) || len(parts) == 0 && !began(live.Facts, m) {
			return nil
		}
		r := s.askRemains(ctx, shell, want, m, parts)
		if r != nil {
			r.Names = shared
			maps.Copy(r.Names, logical)
		}
		return r
	})
	hosts := maps.Clone(live.Facts.Hosts)
	forgotten := s.forgotten(ctx, backend, live, found)
	for i, m := range want.Members {
		if host := hosts[m.Name]; found[i] != nil {
			found[i].Forgotten = forgotten(m)
			host.Remains = found[i]
			hosts[m.Name] = host
		}
	}
	live.Facts.Hosts = hosts
	return live
}

// askRemains asks one machine, and warns of what cannot be seen or mended there. It is nil where nothing was told: not
// reached, or without a daemon, of which other guards say so.
func (s *Session) askRemains(ctx context.Context, shell drivers.Shell, want schema.Preseed, m schema.Member,
	parts []string) *schema.Remains {
	limited, cancel := context.WithTimeout(ctx, remainsLimit)
	defer cancel()
	given := s.allowed(want)
	r, err := remainsOn(limited, shell, m, given, parts)
	if lacksRoot(err) {
		s.Warn(fmt.Errorf("what a join that broke off may have left on %s is not seen: %s", m.Name, whyDenied(err)))
	}
	if err != nil {
		return nil
	}
	if r.Start == "" && given != want.Settings.Service {
		s.Warn(fmt.Errorf("what was broken off on %s cannot be mended, or removed: the commands under clusterctl: "+
			"service: are not allowed; add --allow-commands if they may run", m.Name))
	}
	return r
}

// allowed are the commands that the preseed gives, where they may run.
func (s *Session) allowed(want schema.Preseed) schema.Service {
	if s.AllowCommands {
		return want.Settings.Service
	}
	return schema.Service{}
}

// remainsOn asks a machine for the daemon that it has, and for what is left of those parts. It fails with the errors of
// rooted, and where there is no daemon.
func remainsOn(ctx context.Context, shell drivers.Shell, m schema.Member, given schema.Service,
	parts []string) (*schema.Remains, error) {
	if err := rooted(ctx, shell, m.Name); err != nil {
		return nil, err
	}
	d, err := findDaemon(ctx, shell, m, given)
	if err != nil {
		return nil, errors.New("no daemon: " + err.Error()) // whatever its kind: it is root's
	}
	text, err := runOn(ctx, shell, m, d, drivers.TaskRemains, parts...)
	zerolog.Ctx(ctx).Debug().Str("member", m.Name).Err(err).Msg("asked for leftovers")
	if err != nil {
		return nil, err
	}
	r := drivers.ParseRemains(text)
	r.Binary, r.Folder, r.Stop, r.Start = d.Binary, d.Folder, d.Stop, d.Start
	r.StopsInstances = d.StopsInstances
	return &r, nil
}

// forgotten tells of which members the cluster has no row, no Raft entry and no certificate. Where one of these was not
// read it is of none. A certificate that the servers do not let go of does not count: their joins take it.
func (s *Session) forgotten(ctx context.Context, backend drivers.Backend, live schema.Cluster,
	found []*schema.Remains) func(schema.Member) bool {
	none := func(schema.Member) bool { return false }
	inspector, ok := backend.(drivers.Inspector)
	asked := slices.ContainsFunc(found, func(r *schema.Remains) bool { return r != nil })
	if _, blind := live.Facts.NotSeen(schema.LookJoins, ""); !ok || !asked || blind || !live.Facts.Clustered {
		return none
	}
	trusted, _, err := trustStore(ctx, backend)
	raft, unmade := s.raftOf(ctx, inspector, live)
	if err != nil || len(unmade) > 0 || len(raft.Members) == 0 {
		return none
	}
	keeps := view.KeepsTrust(live.Facts.Flavour)
	return func(m schema.Member) bool {
		_, row := live.Facts.Members[m.Name]
		listed := slices.ContainsFunc(raft.Members, func(r schema.RaftMember) bool { return r.Address == m.Address })
		certified := slices.ContainsFunc(trusted, func(t care.TrustedServer) bool { return t.Name == m.Name })
		return !row && !listed && (keeps || !certified)
	}
}

// halfParts are the parts of a member that the database does not call created, of bridges and pools. Shared are those
// of pools that are called without their source, since it has a pool that is whole, too.
func (s *Session) halfParts(live schema.Cluster, member string) (out []string, shared map[schema.Ref]string) {
	shared = map[schema.Ref]string{}
	pending := func(kind schema.Kind) bool { return kind.Lifecycle == schema.Pending }
	for _, kind := range schema.Filter(s.Registry.For(live.Facts.Flavour).All(), pending) {
		for _, o := range live.OfKind(kind.Name) {
			_, there := o.Members[member]
			if !there || whole(o, member) || o.Attrs["type"] != "bridge" && o.Attrs["type"] != "" {
				continue
			}
			if kind.Name == schema.KindStoragePool && sharesStore(live, o, member) {
				shared[o.Ref] = schema.Object{Ref: o.Ref}.PartName(member)
			}
			out = append(out, cmp.Or(shared[o.Ref], o.PartName(member)))
		}
	}
	return out, shared
}

// whole reports an object of which the database calls a member's part created.
func whole(o schema.Object, member string) bool {
	return o.State == schema.StateCreated || o.Members[member].State == schema.StateCreated
}

// sharesStore reports a pool whose zpool, data set, volume group or source another pool has, which is whole: what is
// there is not left of the first.
func sharesStore(live schema.Cluster, pool schema.Object, member string) bool {
	store := func(o schema.Object) string {
		config := o.Members[member].Config
		return cmp.Or(config["zfs.pool_name"], config["lvm.vg_name"], config["source"], o.Ref.Name)
	}
	return slices.ContainsFunc(live.OfKind(schema.KindStoragePool), func(o schema.Object) bool {
		return o.Ref != pool.Ref && o.Attrs["driver"] == pool.Attrs["driver"] && whole(o, member) &&
			store(o) == store(pool)
	})
}

// began reports a server that is to join and may have begun to, or whose daemon does not answer, and one whose
// bootstrap broke off.
func began(f schema.Facts, m schema.Member) bool {
	row, listed := f.Members[m.Name]
	host := f.Hosts[m.Name]
	if host.HalfBootstrapped || !f.Clustered {
		return host.HalfBootstrapped
	}
	if listed && row.State != schema.StatePending {
		return host.JoinFailed
	}
	silent := host.FaultKind == schema.FaultUnreachable || host.FaultKind == schema.FaultStarting
	return listed || silent || host.Joining || !host.Clustered && host.Config["cluster.https_address"] != ""
}
