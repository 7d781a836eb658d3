package rest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// parallel is how many calls a read has under way.
const parallel = 4

// partTimeout is how long one member's part is waited for. The daemon that is asked waits for the member without a
// limit of its own.
const partTimeout = 10 * time.Second

// clusterPath begins the paths that only a clustered server serves.
const clusterPath = "/1.0/cluster/"

// unseen is what no REST call of LXD 5.0.2 tells.
var unseen = []string{
	"members whose join has not ended are not seen over REST",
	"members that wait for others to be upgraded are not told apart over REST",
	"the roles stand-by and spare in the database are not known exactly over REST",
	"the versions of the other members are not seen over REST",
	"custom volumes of members are not counted over REST",
	"the trust password cannot be compared over REST",
}

// Read returns the cluster that api belongs to, in the same form as the reader of the database. With standalone it
// is one server outside a cluster; its parts of pools and networks stand under environment.server_name then, see
// [ReadStandalone]. Members that do not answer are in Facts.Unseen, their parts are in state unknown.
//
// It needs one call, one per kind and project, and one per pool or network and member. LXD 5.0.2 takes seconds to
// list hundreds of profiles: read the database where it can be reached.
//
// It fails with Denied when the daemon does not trust us, and with Conflict when standalone is not what it is.
func Read(ctx context.Context, api drivers.API, reg schema.Registry, standalone bool) (schema.Cluster, error) {
	return read(ctx, api, reg, standalone, "")
}

// ReadStandalone is [Read] for a server outside a cluster, with the name that it has in the preseed for its parts of
// pools and networks.
func ReadStandalone(ctx context.Context, api drivers.API, reg schema.Registry, member string) (schema.Cluster, error) {
	return read(ctx, api, reg, true, member)
}

// reader is a read under way.
type reader struct {
	api     drivers.API
	server  server
	name    string // of a standalone server
	members []member
	// projects are all projects.
	projects []project
}

func read(ctx context.Context, api drivers.API, reg schema.Registry, standalone bool, name string) (schema.Cluster, error) {
	s, err := getServer(ctx, api)
	if err != nil {
		return schema.Cluster{}, err
	}
	r := reader{api: api, server: s, name: name}
	if r.name == "" {
		r.name = s.Environment.Name
	}
	if s.Environment.Clustered == standalone {
		return schema.Cluster{}, &drivers.Error{Kind: drivers.Conflict, Op: "reading over REST",
			Err: errors.New(map[bool]string{true: "the server is in a cluster", false: "the server is not in a cluster"}[standalone])}
	}
	if !standalone {
		if r.members, err = list[member](ctx, api, clusterPath+"members", ""); err != nil {
			return schema.Cluster{}, err
		}
	}
	if r.projects, err = list[project](ctx, api, "/1.0/projects", ""); err != nil {
		return schema.Cluster{}, err
	}
	objects, err := r.objects(ctx, reg)
	if err != nil {
		return schema.Cluster{}, err
	}
	facts, err := r.facts(ctx, standalone, objects)
	if err != nil {
		return schema.Cluster{}, err
	}
	return schema.NewCluster(facts, objects...), nil
}

// objects reads every kind.
func (r reader) objects(ctx context.Context, reg schema.Registry) ([]schema.Object, error) {
	var collections []collection
	var objects []schema.Object
	for _, kind := range reg.All() {
		switch kind.Lifecycle {
		case schema.Singleton:
			objects = append(objects, serverObject(kind, r.server))
		case schema.Membership:
			for _, m := range r.members {
				objects = append(objects, m.object(kind))
			}
		case schema.Simple, schema.Pending:
			if len(r.members) == 0 && strings.HasPrefix(kind.Path, clusterPath) {
				objects = append(objects, builtin(kind)...)
				continue
			}
			collections = append(collections, r.collections(kind)...)
		}
	}
	read, err := r.readAll(ctx, collections)
	return append(objects, read...), err
}

// collection is one list to read: a kind in a project, which is empty outside projects.
type collection struct {
	kind    schema.Kind
	project string
}

func (r reader) collections(kind schema.Kind) []collection {
	if kind.Scope != schema.ScopeProject {
		return []collection{{kind: kind}}
	}
	var out []collection
	for _, p := range r.projects {
		if p.owns(kind.Plural) {
			out = append(out, collection{kind, p.Name})
		}
	}
	return out
}

// readAll reads the collections, and then the members' parts of what they list.
func (r reader) readAll(ctx context.Context, collections []collection) ([]schema.Object, error) {
	lists := make([][]entry, len(collections))
	err := each(ctx, len(collections), func(ctx context.Context, i int) (err error) {
		lists[i], err = list[entry](ctx, r.api, collections[i].kind.Path, collections[i].project)
		return err
	})
	if err != nil {
		return nil, err
	}
	var objects []schema.Object
	var parts []partOf
	for i, c := range collections {
		for _, e := range lists[i] {
			if !e.managed() {
				continue
			}
			o := r.object(c, e)
			objects = append(objects, o)
			for _, m := range r.members {
				if c.kind.Lifecycle == schema.Pending && slices.Contains(e.Locations, m.Name) {
					parts = append(parts, partOf{collection: c, object: len(objects) - 1, name: e.Name, config: e.Config, member: m.Name})
				}
			}
		}
	}
	return objects, r.addParts(ctx, objects, parts)
}

// each calls do with 0 to n-1, some at a time, and returns the first error.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

// builtin returns the objects of a kind that are there though they cannot be listed: the cluster group default of a
// server outside a cluster.
func builtin(kind schema.Kind) []schema.Object {
	var out []schema.Object
	for _, name := range kind.Builtin {
		out = append(out, schema.Object{Ref: schema.Ref{Kind: kind.Name, Name: name}, State: schema.StateCreated})
	}
	return out
}
