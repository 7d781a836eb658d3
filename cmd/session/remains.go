package session

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// remainsLimit is how long a machine may take to tell what is left there.
const remainsLimit = 30 * time.Second

// withRemains returns the cluster with what the machines of its members say of leftovers, where there may be some: a
// pool or network is half created, or a server that is to join has begun to, or does not answer. All are asked at once.
func (s *Session) withRemains(ctx context.Context, backend drivers.Backend, want schema.Preseed,
	live schema.Cluster) schema.Cluster {
	shell, ok := backend.(drivers.Shell)
	if !ok || !live.Facts.Clustered {
		return live
	}
	given := want.Settings.Service
	if !s.AllowCommands {
		given = schema.Service{}
	}
	found := each(10, want.Members, func(m schema.Member) *schema.Remains {
		parts := s.halfParts(live, m.Name)
		if m.Connection.HTTPS != nil || leaving(want, m.Name) || len(parts) == 0 && !began(live.Facts, m) {
			return nil
		}
		limited, cancel := context.WithTimeout(ctx, remainsLimit)
		defer cancel()
		d, err := findDaemon(limited, shell, m, given)
		if err != nil {
			return nil // not reached, or without a daemon: other guards say so
		}
		if d.Start == "" && given != want.Settings.Service {
			s.Warn(fmt.Errorf("what a join that broke off has left on %s cannot be removed: the commands under clusterctl: "+
				"service: are not allowed; add --allow-commands if they may run", m.Name))
		}
		out, err := shell.Run(limited, m.Name, drivers.Command{Task: drivers.TaskRemains, Binary: d.Binary, Folder: d.Folder,
			Member: m.Name, Names: parts})
		zerolog.Ctx(ctx).Debug().Str("member", m.Name).Err(err).Int("exit", out.Exit).Msg("asked for leftovers")
		if err != nil || out.Exit != 0 {
			return nil
		}
		r := drivers.ParseRemains(out.Stdout)
		r.Binary, r.Folder, r.Stop, r.Start = d.Binary, d.Folder, d.Stop, d.Start
		return &r
	})
	hosts := maps.Clone(live.Facts.Hosts)
	for i, m := range want.Members {
		if host := hosts[m.Name]; found[i] != nil {
			host.Remains = found[i]
			hosts[m.Name] = host
		}
	}
	live.Facts.Hosts = hosts
	return live
}

// halfParts are the parts of a member that the database does not call created, of bridges and pools.
func (s *Session) halfParts(live schema.Cluster, member string) []string {
	var out []string
	for _, kind := range s.Registry.For(live.Facts.Flavour).All() {
		for _, o := range live.OfKind(kind.Name) {
			part, there := o.Members[member]
			whole := o.State == schema.StateCreated || part.State == schema.StateCreated
			if kind.Lifecycle == schema.Pending && there && !whole && (o.Attrs["type"] == "bridge" || o.Attrs["type"] == "") {
				out = append(out, string(kind.Name)+":"+o.Ref.Name)
			}
		}
	}
	return out
}

// began reports a server that is to join and may have begun to, or whose daemon does not answer.
func began(f schema.Facts, m schema.Member) bool {
	row, listed := f.Members[m.Name]
	host := f.Hosts[m.Name]
	if listed && row.State != schema.StatePending {
		return false
	}
	silent := host.FaultKind == schema.FaultUnreachable || host.FaultKind == schema.FaultStarting
	return listed || silent || host.Joining || !host.Clustered && host.Config["cluster.https_address"] != ""
}
