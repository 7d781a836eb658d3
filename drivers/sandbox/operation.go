package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// operation is a background operation of a member. Its fields are guarded by mu.
type operation struct {
	id, class, description, location, project string
	created                                   time.Time
	resources                                 map[string][]string
	mayCancel                                 bool
	run                                       func(ctx context.Context) error
	member                                    *member
	// offer is the volume that an operation of class websocket sends.
	offer *offer
	// of is the call that made it; code is the error code of its end.
	of   spoken
	code int
	// requestor is who made it, nil for whoever came over the unix socket.
	requestor any

	mu       sync.Mutex
	status   int
	err      string
	updated  time.Time
	metadata map[string]any
	done     chan struct{}
}

// The status codes of operations.
const (
	statusRunning   = 103
	statusSuccess   = 200
	statusFailure   = 400
	statusCancelled = 401
)

var statusNames = map[int]string{statusRunning: "Running", statusSuccess: "Success", statusFailure: "Failure",
	statusCancelled: "Cancelled"}

// newOperation registers an operation on the member; start lets it run.
func (m *member) newOperation(class, description string, run func(ctx context.Context) error) *operation {
	now := m.world.now()
	op := &operation{id: newUUID(), class: class, description: description, location: m.location(), project: "default",
		created: now, updated: now, run: run, member: m, status: statusRunning, metadata: nil, done: make(chan struct{})}
	m.operations[op.id] = op
	return op
}

// location is the member's name, as operations have it.
func (m *member) location() string {
	if !m.cluster.clustered {
		return "none"
	}
	return m.ServerName
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (o *operation) path() string { return "/1.0/operations/" + o.id }

// start runs the operation in the background, if it has anything to run. It ends without a word when the daemon dies.
// The caller holds the lock.
func (o *operation) start() {
	if o.run == nil {
		return
	}
	life := o.member.life
	o.member.world.work.Go(func() {
		if err := o.run(life); life.Err() == nil { // nobody asks a dead daemon how it ended
			o.finish(err)
		}
	})
}

// awaitEnd waits for the end of a task.
func (o *operation) awaitEnd(ctx context.Context) {
	if o.run == nil || o.class != "task" {
		return
	}
	select {
	case <-o.done:
	case <-ctx.Done():
	case <-o.member.world.ctx.Done():
	}
}

func (o *operation) finish(err error) {
	if _, err := o.member.world.say(o.of, err); err != nil {
		o.member.world.refusals.note(err)
		code := http.StatusInternalServerError
		if p, ok := errors.AsType[*problem](err); ok {
			code = p.status
		}
		o.mu.Lock()
		o.code = code
		o.mu.Unlock()
		o.end(statusFailure, err.Error())
	} else {
		o.end(statusSuccess, "")
	}
}

func (o *operation) end(status int, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.status != statusRunning {
		return
	}
	o.status, o.err, o.updated = status, text, o.member.world.now()
	close(o.done)
}

// note replaces the operation's metadata.
func (o *operation) note(metadata map[string]any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.metadata = metadata
}

// snapshot returns the operation as the API shows it.
func (o *operation) snapshot() map[string]any {
	o.mu.Lock()
	defer o.mu.Unlock()
	view := map[string]any{"id": o.id, "class": o.class, "description": o.description, "created_at": o.created,
		"updated_at": o.updated, "status": statusNames[o.status], "status_code": o.status, "resources": nil,
		"metadata": nil, "may_cancel": o.mayCancel, "err": o.err, "err_code": o.code, "location": o.location,
		"requestor": o.requestor}
	if o.resources != nil {
		view["resources"] = o.resources
	}
	if o.metadata != nil {
		view["metadata"] = o.metadata
	}
	for _, f := range o.member.world.server.Fields("/1.0/operations") {
		if f.JSON == "" {
			delete(view, f.Name)
		} else if view[f.Name] == nil {
			view[f.Name] = json.RawMessage(f.JSON)
		}
	}
	return view
}

// findOperation looks on the member and then on the running others of its cluster.
func (m *member) findOperation(id string) (*operation, *member, error) {
	m.world.mu.Lock()
	defer m.world.mu.Unlock()
	if op := m.operations[id]; op != nil {
		return op, m, nil
	}
	for _, p := range m.cluster.members() {
		if op := p.operations[id]; op != nil && p.up() {
			return op, p, nil
		}
	}
	return nil, nil, fail(http.StatusNotFound, "Operation not found")
}
