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
var unseen = []schema.Sighting{
	{What: schema.LookJoins, Text: "members whose join has not ended are not seen over REST"},
	{What: schema.LookVersions, Text: "members that wait for others to be upgraded are not told apart over REST"},
	{What: schema.LookRoles, Text: "the roles stand-by and spare in the database are not known exactly over REST"},
	{What: schema.LookVersions, Text: "the versions of the other members are not seen over REST"},
	{What: schema.LookCopies, Text: "which members hold copies of images is not seen over REST"},
	{What: schema.LookTrustPassword, Text: "the trust password cannot be compared over REST"},
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
	server  drivers.Server
	name    string // of a standalone server
	members []member
	// projects are all projects.
	projects []project
	// none are kinds of which there is nothing to list.
	none map[schema.KindName]bool
}

func read(ctx context.Context, api drivers.API, reg schema.Registry, standalone bool, name string) (schema.Cluster,
	error) {
	s, err := drivers.TrustingServer(ctx, api)
	if err != nil {
		return schema.Cluster{}, err
	}
	r := reader{api: api, server: s, name: name}
	if r.name == "" {
		r.name = s.Environment.Name
	}
	if s.Environment.Clustered == standalone {
		return schema.Cluster{}, &drivers.Error{Kind: drivers.Conflict, Op: "reading over REST",
			Err: errors.New(map[bool]string{true: "the server is in a cluster",
				false: "the server is not in a cluster"}[standalone])}
	}
	if !standalone {
		if r.members, err = list[member](ctx, api, clusterPath+"members", ""); err != nil {
			return schema.Cluster{}, err
		}
		if r.server.Config, err = r.settings(ctx); err != nil {
			return schema.Cluster{}, err
		}
	}
	objects, unsupported, err := r.everything(ctx, reg.For(s.Flavour()))
	if err != nil {
		return schema.Cluster{}, err
	}
	facts, err := r.facts(ctx, standalone, objects)
	if err != nil {
		return schema.Cluster{}, err
	}
	facts.Unseen = append(facts.Unseen, unsupported...)
	return schema.NewCluster(facts, objects...), nil
}

// settings returns the cluster's settings. A member that has joined shows them as they were in its own database until
// they change again (LXD 5.0.2, measured), so the one that is there longest is asked: the first in the list.
func (r reader) settings(ctx context.Context) (map[string]any, error) {
	i := slices.IndexFunc(r.members, func(m member) bool { return !m.silent() })
	if i < 0 || r.members[i].Name == r.server.Environment.Name {
		return r.server.Config, nil
	}
	s, err := drivers.Get[drivers.Server](ctx, r.api, "/1.0", map[string]string{"target": r.members[i].Name})
	return s.Config, err
}

// everything reads the projects, and the objects of every kind.
func (r *reader) everything(ctx context.Context, reg schema.Registry) (objects []schema.Object,
	unsupported []schema.Sighting, err error) {
	if r.projects, err = list[project](ctx, r.api, "/1.0/projects", ""); err != nil {
		return nil, nil, err
	}
	if len(r.members) == 0 {
		r.none = r.withoutAny(ctx, reg)
	}
	return r.objects(ctx, reg)
}

// objects reads every kind: first those that stand alone, then those that belong to one of these, and to those.
func (r reader) objects(ctx context.Context, reg schema.Registry) (objects []schema.Object,
	unsupported []schema.Sighting, err error) {
	var alone []collection
	for _, kind := range reg.All() {
		switch {
		case kind.Lifecycle == schema.Singleton:
			objects = append(objects, serverObject(kind, r.server))
		case kind.Lifecycle == schema.Membership:
			for _, m := range r.members {
				objects = append(objects, m.object(kind))
			}
		case len(r.members) == 0 && strings.HasPrefix(kind.Path, clusterPath):
			objects = append(objects, builtin(kind)...)
		case kind.Parent == "" && !r.none[kind.Name]:
			alone = append(alone, r.collections(kind)...)
		}
	}
	read, unsupported, err := r.readAll(ctx, alone)
	if err != nil {
		return nil, nil, err
	}
	objects = append(objects, read...)
	for found := objects; len(found) > 0 && err == nil; objects = append(objects, found...) {
		var children []collection
		for _, kind := range reg.All() {
			children = append(children, r.children(reg, kind, found)...)
		}
		var silent []schema.Sighting
		found, silent, err = r.readAll(ctx, children)
		unsupported = append(unsupported, silent...)
	}
	return objects, unsupported, err
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
	return schema.Map(kind.Builtin, func(name string) schema.Object {
		return schema.Object{Ref: schema.Ref{Kind: kind.Name, Name: name}, State: schema.StateCreated}
	})
}
