package drivertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"clusterctl/drivers"
	"clusterctl/drivers/dump"
	"clusterctl/drivers/remote"
	"clusterctl/drivers/rest"
	"clusterctl/schema"
)

// readersAgree reads the cluster from the database, through a daemon and in dqlite's own protocol, over REST, and from
// a dump of the database, and wants the same objects. While a member does not answer there is nothing to compare: REST
// cannot tell its parts.
func (p *player) readersAgree(ctx context.Context, backend drivers.Backend) error {
	database, err := backend.Read(ctx)
	if err != nil || !whole(database.Facts) {
		return err
	}
	api, err := backend.API(ctx, "")
	if err != nil {
		return err
	}
	direct, err := backend.Read(remote.Directly(ctx))
	if err != nil {
		return fmt.Errorf("reading the database directly: %w", err)
	}
	if diff := cmp.Diff(database.Objects(), direct.Objects()); diff != "" {
		return fmt.Errorf("the readers differ (-through a daemon +directly):\n%s", diff)
	}
	if diff := cmp.Diff(timeless(database.Facts), timeless(direct.Facts), cmpopts.EquateComparable(netip.Addr{}),
		cmp.Comparer(schema.Secret.Same)); diff != "" {
		return fmt.Errorf("the readers differ in facts (-through a daemon +directly):\n%s", diff)
	}
	answers, err := rest.Read(ctx, api, p.registry, false)
	if err != nil {
		return fmt.Errorf("reading over REST: %w", err)
	}
	if diff := cmp.Diff(shared(database), shared(answers), cmpopts.EquateEmpty()); diff != "" {
		return fmt.Errorf("the readers differ (-database +REST):\n%s", diff)
	}
	saved, err := p.dumped(ctx, api)
	if err != nil {
		return fmt.Errorf("reading a dump: %w", err)
	}
	if diff := cmp.Diff(shared(database), shared(saved), cmpopts.EquateEmpty()); diff != "" {
		return fmt.Errorf("the readers differ (-database +dump):\n%s", diff)
	}
	for _, name := range database.Facts.MemberOrder() {
		live, then := timeless(database.Facts).Members[name], timeless(saved.Facts).Members[name]
		if live != then {
			return fmt.Errorf("the readers differ: %s is %+v in the database, and %+v in a dump", name, live, then)
		}
	}
	return nil
}

// dumped reads the cluster from a dump of its database, with that of the asked member's own behind it.
func (p *player) dumped(ctx context.Context, api drivers.API) (_ schema.Cluster, err error) {
	var file strings.Builder
	for _, name := range []string{"global", "local"} {
		reply, err := api.Do(ctx, drivers.Call{Method: http.MethodGet, Path: "/internal/sql",
			Query: map[string]string{"database": name}})
		if err != nil {
			return schema.Cluster{}, err
		}
		var answer struct{ Text string }
		if err := json.Unmarshal(reply.Metadata, &answer); err != nil {
			return schema.Cluster{}, err
		}
		file.WriteString(answer.Text)
	}
	saved, err := dump.Open(ctx, dump.Config{Input: strings.NewReader(file.String()), Registry: p.registry})
	if err != nil {
		return schema.Cluster{}, err
	}
	defer func() { err = errors.Join(err, saved.Close()) }()
	return saved.Read(ctx)
}

// timeless are the facts without what changes with time: a server that was removed still restarts.
func timeless(f schema.Facts) schema.Facts {
	f.Hosts = maps.Clone(f.Hosts)
	maps.DeleteFunc(f.Hosts, func(name string, _ schema.HostFacts) bool {
		_, member := f.Members[name]
		return !member
	})
	f.Members = maps.Clone(f.Members)
	for name, m := range f.Members {
		m.HeartbeatAge = 0
		f.Members[name] = m
	}
	return f
}

// shared are the objects without what is read from each host, not from the cluster.
func shared(c schema.Cluster) []schema.Object {
	objects := c.Objects()
	for i := range objects {
		if objects[i].Ref.Kind == schema.KindServer {
			objects[i].Members = nil
		}
	}
	return objects
}

// whole reports whether the database was read and every member is there.
func whole(facts schema.Facts) bool {
	for _, m := range facts.Members {
		if !m.Online {
			return false
		}
	}
	return facts.Clustered && facts.Source == "dqlite"
}
