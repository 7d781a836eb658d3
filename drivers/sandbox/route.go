package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// trust is what a connection may do.
type trust int

const (
	untrusted       trust = iota
	trustMetrics          // a certificate that may read metrics only
	trustRestricted       // a client certificate of some projects: no change of what belongs to the whole cluster
	trustClient           // a client certificate: everything but /internal
	trustInternal         // the unix socket, or a member's server certificate
)

// call is one request as a handler sees it.
type call struct {
	*http.Request
	world *World
	// at is the member that carries the call out, asked the one that was asked.
	at, asked *member
	trust     trust
	body      []byte
	// sent is the body as it came where that was completed since, scope the place of the collection that is asked for.
	sent  []byte
	scope int64
	// upload is the file that came instead of JSON as a new image.
	upload *upload
	params map[string]string
	// tx is the call's transaction in the database of at's cluster.
	tx *tx
}

// ServeHTTP answers one request to the member.
func (m *member) serve(w http.ResponseWriter, r *http.Request, unix bool) {
	route, params, err := match(m.world.api(), r.Method, r.URL.EscapedPath())
	c := &call{Request: r, world: m.world, at: m, asked: m, params: params}
	if err != nil {
		c.sendError(w, err)
		return
	}
	if err := c.receive(route); err != nil {
		return // the caller is gone
	}
	if err := m.world.faults.before(c); errors.Is(err, errBroken) {
		panic(http.ErrAbortHandler) // the server breaks the connection
	} else if err != nil {
		c.sendError(w, err)
		return
	}
	if c.trust, err = m.trustOf(r, unix); err == nil {
		err = c.permitted(route)
	}
	if err != nil {
		c.sendError(w, err)
		return
	}
	if hijack, ok := hijackers()[r.Method+" "+route.pattern]; ok {
		hijack(c, w)
		return
	}
	answer, err := c.run(route)
	if m.world.copied != nil && answer.op != nil && err == nil {
		answer.op.awaitEnd(r.Context())
	}
	_, dropped := m.world.faults.hit(FaultDrop, c)
	if dropped || r.Context().Err() != nil || errors.Is(err, errBroken) {
		panic(http.ErrAbortHandler) // the server breaks the connection
	}
	if err != nil {
		c.sendError(w, err)
		return
	}
	send(w, answer)
}

// ofCluster are the paths whose changes a restricted certificate may not make.
var ofCluster = regexp.MustCompile(`^/1\.0(/(cluster|certificates|projects|storage-pools)(/[^/]*)?)?$`)

// permitted refuses what the caller may not do. From here on a restricted client is one.
func (c *call) permitted(r route) error {
	if c.trust == trustRestricted {
		if c.Method != http.MethodGet && ofCluster.MatchString(c.URL.Path) {
			return fail(http.StatusForbidden, "Certificate is restricted")
		}
		c.trust = trustClient
	}
	if c.trust < r.least {
		return fail(http.StatusForbidden, "not authorized")
	}
	return nil
}

func (c *call) sendError(w http.ResponseWriter, err error) {
	_, said := c.world.say(c.spoken(), err)
	c.world.refusals.note(said)
	sendError(w, said)
}

// receive reads what was sent.
func (c *call) receive(r route) (err error) {
	body := bufio.NewReader(c.Body)
	first, _ := body.Peek(1) // what is wrong shows in the reading
	if isImage := r.method == http.MethodPost && r.pattern == "/1.0/images"; isImage && string(first) != "{" {
		c.upload, err = readUpload(body)
		return err
	}
	c.body, err = io.ReadAll(body)
	return err
}

// errBroken is in the error of a call on which the real daemon panics: the caller sees the connection break.
var errBroken = errors.New("the connection breaks")

// run carries the call out under the lock and in the transaction that its route asks for.
func (c *call) run(r route) (answer reply, err error) {
	if err := c.asked.ready(c.Context(), r); err != nil || r.where == free {
		if err == nil {
			answer, err = r.handle(c)
		}
		return answer, err
	}
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	if c.Method != http.MethodGet {
		defer func() { err = errors.Join(err, c.world.save()) }()
	}
	if alwaysThere := r.method == http.MethodGet && r.pattern == "/1.0"; !alwaysThere {
		if err := c.at.available(c.Method != http.MethodGet); err != nil {
			return reply{}, err
		}
	}
	if target := c.query("target"); target != "" && r.where == atTarget {
		if c.at, err = c.asked.peer(c.Context(), target); err != nil {
			return reply{}, err
		}
	}
	answer, err = c.play(c.transact(r))
	switch {
	case answer.op == nil:
	case err == nil:
		answer.op.start()
	default: // what was refused in the end has no operation
		delete(answer.op.member.operations, answer.op.id)
	}
	return answer, err
}

// transact runs the handler in a transaction, unless the server refuses the call before.
func (c *call) transact(r route) (answer reply, err error) {
	within := view
	if c.Method != http.MethodGet {
		within = update
	}
	err = within(context.WithoutCancel(c.Context()), c.at.cluster.db, func(t *tx) error {
		c.tx, c.Request = t, c.WithContext(t.ctx)
		err := c.refused(r)
		if err == nil {
			answer, err = r.handle(c)
		}
		return err
	})
	return answer, err
}

// ready waits while the daemon hangs in a join, and refuses everything public while it is Blocked.
func (m *member) ready(ctx context.Context, r route) error {
	m.world.mu.Lock()
	hangs := m.hung && r.where != free && r.pattern != "/1.0" && !strings.HasPrefix(r.pattern, "/1.0/storage-pools")
	blocked := strings.HasPrefix(r.pattern, "/1.0") && m.blocked(ctx)
	life := m.life
	m.world.mu.Unlock()
	if hangs {
		select {
		case <-ctx.Done():
		case <-life.Done():
		}
		return fail(http.StatusInternalServerError, "context canceled")
	}
	if blocked {
		return fail(http.StatusServiceUnavailable, "LXD daemon setup in progress")
	}
	return nil
}

func (c *call) query(name string) string { return c.URL.Query().Get(name) }

// project returns ?project, by default the project default.
func (c *call) project() string {
	if p := c.query("project"); p != "" {
		return p
	}
	return "default"
}

// recursion reports whether whole objects are asked for instead of their paths.
func (c *call) recursion() bool { return c.query("recursion") != "" && c.query("recursion") != "0" }

// decode reads the body as JSON; unknown fields are ignored.
func (c *call) decode(into any) error {
	if err := json.Unmarshal(c.body, into); err != nil {
		if len(c.body) == 0 {
			err = io.EOF
		}
		return fail(http.StatusBadRequest, "%v", err)
	}
	return nil
}

// checkETag refuses the change of something that is no longer what the caller saw.
func (c *call) checkETag(current any) error {
	given := strings.Trim(c.Header.Get("If-Match"), `"`)
	if want := hash(current); given != "" && current != nil && given != want {
		return fail(http.StatusPreconditionFailed, "ETag doesn't match: %s vs %s", want, given)
	}
	return nil
}
