package sandbox

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// kind is a kind of objects with the usual calls: GET and POST of the collection at path, and GET, PUT, PATCH and
// DELETE of one object. A kind without create, change, or table and remove, lacks those calls or has its own.
type kind struct {
	path string
	// table has the rows; a kind without one is removed by its remove alone.
	table string
	// where is on which member the calls of one object run, and its creation unless that is phased: such a one looks at
	// ?target itself.
	where  where
	phased bool
	// listed answers a GET of the collection where that is more than what read returns.
	listed func(c *call) (reply, error)
	// full are objects with what is asked for by recursion=2.
	full func(c *call, found []stored) []any
	// read returns the collection, or with a name what is called so.
	read func(c *call, name string) []stored
	// missing and several answer where nothing, or more than one object, has the name.
	missing, several func(c *call) error
	// blank is where the body of a PATCH begins. That of a PUT begins empty: it replaces everything.
	blank  func(before stored) stored
	create func(c *call, body stored) error
	change func(c *call, before, body stored) error
	// remove refuses to remove, or does what goes beyond the row; with ends it is an operation of that description.
	remove func(c *call, v stored) error
	ends   string
}

func (k kind) routes() []route {
	one := k.path + "/{name}"
	all := []route{{"GET", k.path, trustClient, locked, k.list}, {"GET", one, trustClient, k.where, k.one(k.get)}}
	if k.create != nil {
		post := route{"POST", k.path, trustClient, k.where, with(k.post)}
		if k.phased {
			post.where = locked
		}
		all = append(all, post)
	}
	if k.change != nil {
		all = append(all, route{"PUT", one, trustClient, k.where, k.put}, route{"PATCH", one, trustClient, k.where, k.put})
	}
	if k.remove != nil || k.table != "" {
		all = append(all, route{"DELETE", one, trustClient, k.where, k.one(k.delete)})
	}
	return all
}

// list answers with paths, or with whole objects when asked for.
func (k kind) list(c *call) (reply, error) {
	if k.listed != nil {
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
func (k kind) find(c *call) (v stored, err error) {
	found := k.read(c, c.params["name"])
	switch err = c.tx.err; {
	case err != nil:
	case len(found) == 0:
		err = k.missing(c)
	case len(found) > 1:
		err = k.several(c)
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
		out = append(out, c.dress(k.path, v.id, v))
	}
	return out
}

func (k kind) post(c *call, body stored) (reply, error) {
	if err := k.create(c, body); err != nil {
		return reply{}, err
	}
	return created(collection(c) + "/" + body.name)
}

func (k kind) put(c *call) (reply, error) {
	before, body, err := k.changed(c)
	if err == nil {
		err = k.change(c, before, body)
	}
	if err != nil {
		return reply{}, err
	}
	return done()
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
	if k.remove != nil {
		if err := k.remove(c, v); err != nil {
			return reply{}, err
		}
	}
	if k.table != "" {
		c.tx.exec("DELETE FROM "+k.table+" WHERE id=?", v.id)
	}
	if k.ends != "" {
		return reply{op: c.at.finished(k.ends)}, nil
	}
	return done()
}

// each makes an object of every row, whose first column is its number.
func each[V any](t *tx, read func(id int64, row []string) V, query string, args ...any) []V {
	out := []V{}
	for _, row := range t.rows(query, args...) {
		out = append(out, read(t.int(row[0]), row[1:]))
	}
	return out
}

// overlay returns base with the keys of over.
func overlay[V any](base, over map[string]V) map[string]V {
	out := map[string]V{}
	maps.Copy(out, base)
	maps.Copy(out, over)
	return out
}

// names parts a list with commas.
func names(list string) []string {
	var out []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}
