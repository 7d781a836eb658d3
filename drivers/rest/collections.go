package rest

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// collection is one list to read: a kind in a project, which is empty outside projects, and within its parent. Where
// that is members' own, so is what belongs to it: holders are these; of several each has a list.
type collection struct {
	kind            schema.Kind
	project, parent string
	holders         []string
}

func (c collection) path() string {
	return c.kind.ListPath(schema.Ref{Name: c.parent + "/"})
}

// name is the name of an entry of the list: it has the name that the database has for it, too.
func (c collection) name(e entry) string {
	own := e.Name
	if field := cmp.Or(c.kind.Tables.Shown, c.kind.Tables.Name); field != "" {
		own = e.text(field)
	}
	if c.parent != "" {
		return c.parent + "/" + own
	}
	return own
}

// isSnapshot reports an entry of the list that is a snapshot of another one, VOLUME/SNAPSHOT.
func (c collection) isSnapshot(e entry) bool { return strings.Contains(e.Name, "/") && !c.kind.Slashes }

func (r reader) collections(kind schema.Kind) []collection {
	if kind.Scope != schema.ScopeProject {
		return []collection{{kind: kind}}
	}
	var out []collection
	for _, p := range r.projects {
		if p.owns(kind.Feature) {
			out = append(out, collection{kind: kind, project: p.Name})
		}
	}
	return out
}

// listEach reads the lists of several holders.
func (r reader) listEach(ctx context.Context, c collection) ([]entry, error) {
	var out []entry
	for _, member := range c.holders {
		entries, err := listOn[entry](ctx, r.api, c.path(), c.project, member)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			e.holder = member
			out = append(out, e)
		}
	}
	return out, nil
}

// children returns the lists within the objects that a kind belongs to: in their project, or in each where they are in
// none.
func (r reader) children(reg schema.Registry, kind schema.Kind, objects []schema.Object) []collection {
	var out []collection
	for _, o := range objects {
		if kind.Parent == "" || o.Ref.Kind != kind.Parent || o.State == schema.StatePending {
			continue
		}
		parent, _ := reg.Kind(kind.Parent)
		if len(kind.ParentFor) > 0 && !slices.Contains(kind.ParentFor, o.Attrs[parent.Variant]) {
			continue
		}
		if o.Ref.Project != "" {
			c := collection{kind: kind, project: o.Ref.Project, parent: o.Ref.Name}
			if parent.Lifecycle == schema.Placed {
				c.holders = o.MemberNames()
			}
			out = append(out, c)
			continue
		}
		for _, c := range r.collections(kind) {
			out = append(out, collection{kind: kind, project: c.project, parent: o.Ref.Name})
		}
	}
	return out
}

// readAll reads the collections, and then the members' parts of what they list. What this server has no list of is
// named in unsupported.
func (r reader) readAll(ctx context.Context, collections []collection) (objects []schema.Object,
	unsupported []schema.Sighting, err error) {
	lists := make([]listed, len(collections))
	err = each(ctx, len(collections), func(ctx context.Context, i int) (err error) {
		lists[i], err = r.readList(ctx, collections[i])
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	var parts []partOf
	for _, l := range lists {
		if l.unseen.What != "" {
			unsupported = append(unsupported, l.unseen)
		}
		for _, p := range l.parts {
			p.object += len(objects)
			parts = append(parts, p)
		}
		objects = append(objects, l.objects...)
	}
	return objects, unsupported, r.addParts(ctx, objects, parts)
}

// listed is what came of reading one list: its objects and the members' parts to read of them, or why they are unseen.
type listed struct {
	unseen  schema.Sighting
	objects []schema.Object
	parts   []partOf
}

// readList reads one list. That it is not there, or that not all of several holders answer, is no failure.
func (r reader) readList(ctx context.Context, c collection) (out listed, err error) {
	entries, err := r.list(ctx, c)
	switch silent := drivers.Is(err, drivers.Unreachable) || drivers.Is(err, drivers.Timeout); {
	case err == nil:
	case absent(err, c) && c.parent == "":
		out.unseen = schema.Sighting{What: schema.LookKind, Kind: c.kind.Name, Fault: schema.FaultUnsupported,
			Cause: "the server has no " + c.path(),
			Text:  c.kind.Plural + " are not seen: the server has no " + c.path()}
	case absent(err, c):
	case silent && len(c.holders) > 1:
		out.unseen = schema.Sighting{What: schema.LookKind, Kind: c.kind.Name, Fault: schema.FaultUnreachable,
			Cause: "a member gives no answer",
			Text:  c.kind.Plural + " of " + c.parent + " are not seen: not all of its members answer"}
	default:
		return listed{}, err
	}
	var found []schema.Found
	for _, e := range entries {
		if e.managed() && !c.isSnapshot(e) {
			found = append(found, r.found(c, e))
		}
	}
	out.objects = schema.Fold(c.kind, found)
	for at, o := range out.objects {
		out.parts = append(out.parts, r.parts(c, o, entries, at)...)
	}
	return out, nil
}

// absent reports a list that is not there, which is no failure: the server is of a version without the kind, or the
// parent has none of them. Networks of other types than bridge and ovn have no forwards.
func absent(err error, c collection) bool {
	return drivers.Is(err, drivers.NotFound) || drivers.Is(err, drivers.Unsupported) || c.parent != "" &&
		drivers.Is(err, drivers.Invalid)
}

func (r reader) list(ctx context.Context, c collection) ([]entry, error) {
	if len(c.holders) > 1 {
		return r.listEach(ctx, c)
	}
	entries, err := list[entry](ctx, r.api, c.path(), c.project)
	if err == nil && c.kind.ListBare != nil && c.kind.ListBare.In(r.server.Flavour()) {
		err = each(ctx, len(entries), func(ctx context.Context, i int) error {
			ref := schema.Ref{Kind: c.kind.Name, Name: entries[i].Name}
			whole, err := drivers.Get[entry](ctx, r.api, c.kind.ObjectPath(ref), nil)
			if drivers.Is(err, drivers.NotFound) {
				return nil // it is gone since
			}
			entries[i] = whole
			return err
		})
	}
	if err != nil || c.kind.Lifecycle != schema.Imported || len(entries) == 0 {
		return entries, err
	}
	return r.withImages(ctx, c, entries)
}

// parts lists the members' parts to read of an object of a kind that is defined per member.
func (r reader) parts(c collection, o schema.Object, entries []entry, index int) []partOf {
	if c.kind.Lifecycle != schema.Pending {
		return nil
	}
	var out []partOf
	for _, e := range entries {
		for _, m := range r.members {
			if e.Name == o.Ref.Name && slices.Contains(e.Locations, m.Name) {
				out = append(out, partOf{collection: c, object: index, name: e.Name, config: e.Config, member: m.Name})
			}
		}
	}
	return out
}
