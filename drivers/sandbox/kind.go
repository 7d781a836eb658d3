package sandbox

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"clusterctl/drivers/sandbox/layout"
)

// kind is a kind of objects with the usual calls: GET and POST of the collection, and GET, PUT, PATCH and DELETE of one
// object. What is read, stored and refused of it is in words and queries of package layout; the functions are what
// handlers do beyond that, and may be nil.
type kind struct {
	layout.Collection
	// shown completes what was read, full what is asked for by recursion=2.
	shown func(c *call, found []stored) []stored
	full  func(c *call, found []stored) []any
	// check is what else is against what an object is to be, then what is stored beside its row.
	check func(c *call, before, body stored) error
	then  func(c *call, id int64, body stored) error
	// create, change and remove store and remove it instead.
	create func(c *call, body stored) error
	change func(c *call, before, body stored) error
	remove func(c *call, v stored) error
}

// beyondRows is what handlers do of the kinds that are more than rows.
func beyondRows() map[string]kind {
	return map[string]kind{
		"/1.0/projects": {check: (*call).roomFor},
		"/1.0/profiles": {check: (*call).checkProfile},
		customPath:      {check: (*call).checkVolumeChange},
		"/1.0/auth/groups": {then: func(c *call, id int64, body stored) error {
			return c.tx.grant(id, field[[]grant](body, "permissions"))
		}},
		"/1.0/certificates": {change: (*call).changeCertificate,
			remove: func(c *call, v stored) error { c.tx.do("distrust", "id", v.id); return nil }},
		"/1.0/cluster/members": {shown: (*call).withStatus, remove: (*call).removeMember},
		"/1.0/instances":       {shown: (*call).expanded, full: (*call).fullInstances, remove: (*call).dropRoot},
		poolKind.path:          {create: (*call).createPool, check: (*call).checkPoolChange, then: poolKind.made},
		networkKind.path: {create: (*call).createNetwork, check: (*call).checkNetworkChange,
			then: networkKind.made},
	}
}

// kindOf is the kind of a collection.
func kindOf(k layout.Collection) kind {
	own := beyondRows()[k.Path]
	own.Collection = k
	return own
}

// at is the kind of the collection at that path.
func at(path string) func(*call) kind { return func(c *call) kind { return c.kindAt(path) } }

func (c *call) kindAt(path string) kind { return kindOf(c.world.server.Collection(path)) }

func (k kind) routes() []route {
	one, without := k.Path+"/{name}", strings.Fields(k.Say("without"))
	where, creating := locked, locked
	if k.Say("on") == "target" {
		where = atTarget
	}
	if !k.Has("phased") {
		creating = where
	}
	all := []route{{"GET", k.Path, trustClient, locked, k.list}, {"POST", k.Path, trustClient, creating, with(k.post)},
		{"GET", one, trustClient, where, k.one(k.get)}, {"PUT", one, trustClient, where, k.put},
		{"PATCH", one, trustClient, where, k.put}, {"DELETE", one, trustClient, where, k.one(k.delete)}}
	return slices.DeleteFunc(all, func(r route) bool {
		return slices.Contains(without, r.method) || r.pattern != k.Path && slices.Contains(without, "ONE")
	})
}

// list answers with paths, or with whole objects when asked for.
func (k kind) list(c *call) (reply, error) {
	if k.List != "" {
		return k.listed(c)
	}
	found := k.read(c, "")
	switch {
	case k.full != nil && c.query("recursion") == "2":
		return ok(k.full(c, found))
	case c.recursion():
		return ok(k.dressed(c, found))
	}
	paths := []string{}
	for _, v := range found {
		paths = append(paths, cmp.Or(v.path, collection(c)+"/"+twiceEscaped(v.name)))
	}
	return ok(paths)
}

func collection(c *call) string { return strings.TrimSuffix(c.URL.Path, "/") }

// twiceEscaped is how LXD has names in lists of paths (measured).
func twiceEscaped(name string) string { return url.PathEscape(url.PathEscape(name)) }

// find returns the object that the path names.
func (k kind) find(c *call) (stored, error) { return k.called(c, c.params["name"]) }

func (k kind) called(c *call, name string) (v stored, err error) {
	found := k.read(c, name)
	switch err = c.tx.err; {
	case err != nil:
	case len(found) == 0:
		err = k.missing(c)
	case len(found) > 1:
		err = c.unfound(k.Say("several"), http.StatusConflict)
	default:
		v = found[0]
	}
	return v, err
}

// with is a handler of calls that have a body.
func with[B any](handle func(*call, B) (reply, error)) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		var body B
		if err := c.decode(&body); err != nil {
			return reply{}, err
		}
		return handle(c, body)
	}
}

// one is a handler of calls about one object.
func (k kind) one(handle func(*call, stored) (reply, error)) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		v, err := k.find(c)
		if err != nil {
			return reply{}, err
		}
		return handle(c, v)
	}
}

// about is a handler of calls about one object that have a body.
func about[B any](of func(*call) kind, handle func(*call, stored, B) (reply, error)) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		return of(c).one(func(c *call, v stored) (reply, error) {
			return with(func(c *call, body B) (reply, error) { return handle(c, v, body) })(c)
		})(c)
	}
}

func (k kind) get(c *call, v stored) (reply, error) {
	return reply{metadata: k.dressed(c, []stored{v})[0], etag: v.tag()}, nil
}

// dressed are objects with the fields that they have on the server that is played.
func (k kind) dressed(c *call, found []stored) []any {
	out := []any{}
	for _, v := range found {
		out = append(out, c.dress(k.Path, v.id, v))
	}
	return out
}

func (k kind) post(c *call, body stored) (reply, error) {
	k.in(c)
	create := k.create
	if create == nil {
		create = k.made
	}
	if err := create(c, body); err != nil {
		return reply{}, err
	}
	return created(collection(c) + "/" + body.name)
}

func (k kind) put(c *call) (reply, error) {
	before, body, err := k.changed(c)
	change := k.change
	if change == nil {
		change = k.remade
	}
	if err == nil {
		err = change(c, before, body)
	}
	return done(err)
}

// changed returns an object that the caller has seen as it is, and what is to become of it.
func (k kind) changed(c *call) (before, body stored, err error) {
	if before, err = k.find(c); err != nil {
		return before, body, err
	}
	if err = c.checkETag(before.tag()); err != nil {
		return before, body, err
	}
	if c.Method == http.MethodPatch {
		body = k.blank(before)
	}
	return before, body, c.decode(&body)
}

func (k kind) delete(c *call, v stored) (reply, error) {
	err := k.refused(c, c.Method, v.id)
	if err == nil && k.Has("phased") {
		err = c.reachPeers(k.said(c))
	}
	if err == nil && k.remove != nil {
		err = k.remove(c, v)
	}
	if err != nil {
		return reply{}, err
	}
	if table := k.Say("table"); table != "" {
		c.tx.exec("DELETE FROM "+table+" WHERE id=?", v.id)
	}
	if k.Has("ends") {
		return reply{op: c.at.finished(k.Say("ends"))}, nil
	}
	return done(nil)
}
