package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// event is one frame of the events websocket.
type event struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Metadata  any       `json:"metadata"`
	Location  string    `json:"location"`
	Project   string    `json:"project"`
}

// hub hands events to the listeners of one cluster or standalone server.
type hub struct {
	mu        sync.Mutex
	listeners map[chan event]bool
}

// backlog is how many events a slow listener may fall behind; the daemon drops such a one too.
const backlog = 256

func (h *hub) subscribe() chan event {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners == nil {
		h.listeners = map[chan event]bool{}
	}
	ch := make(chan event, backlog)
	h.listeners[ch] = true
	return ch
}

func (h *hub) leave(ch chan event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, ch)
}

func (h *hub) send(e event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.listeners {
		select {
		case ch <- e:
		default: // it fell behind
		}
	}
}

// announce tells listeners what an operation has become.
func (o *operation) announce(c *cluster) {
	c.events.send(event{Type: "operation", Timestamp: o.member.world.now(), Metadata: o.snapshot(), Location: o.location, Project: o.project})
}

// lifecycles are the actions that a change of a collection or of one of its objects is announced as.
var lifecycles = []struct{ method, pattern, action string }{
	{"POST", "/1.0/storage-pools", "storage-pool-created"}, {"PUT", "/1.0/storage-pools/{name}", "storage-pool-updated"},
	{"DELETE", "/1.0/storage-pools/{name}", "storage-pool-deleted"},
	{"POST", "/1.0/networks", "network-created"}, {"PUT", "/1.0/networks/{name}", "network-updated"},
	{"DELETE", "/1.0/networks/{name}", "network-deleted"},
	{"POST", "/1.0/profiles", "profile-created"}, {"PUT", "/1.0/profiles/{name}", "profile-updated"},
	{"DELETE", "/1.0/profiles/{name}", "profile-deleted"},
	{"POST", "/1.0/projects", "project-created"}, {"PUT", "/1.0/projects/{name}", "project-updated"},
	{"DELETE", "/1.0/projects/{name}", "project-deleted"},
	{"POST", "/1.0/cluster/groups", "cluster-group-created"}, {"PUT", "/1.0/cluster/groups/{name}", "cluster-group-updated"},
	{"DELETE", "/1.0/cluster/groups/{name}", "cluster-group-deleted"},
	{"PUT", "/1.0/cluster/members/{name}", "cluster-member-updated"}, {"DELETE", "/1.0/cluster/members/{name}", "cluster-member-removed"},
	{"POST", "/1.0/cluster/members", "cluster-token-created"}, {"PUT", "/1.0", "config-updated"},
	{"POST", "/1.0/certificates", "certificate-created"}, {"DELETE", "/1.0/certificates/{fingerprint}", "certificate-deleted"},
	{"POST", "/1.0/instances", "instance-created"}, {"DELETE", "/1.0/instances/{name}", "instance-deleted"},
}

// announce tells listeners of a change that went well. The definition of a pool or network on one member is not told.
func (c *call) announce(r route, answer reply) {
	method := strings.Replace(r.method, "PATCH", "PUT", 1)
	if r.method == http.MethodPost && c.query("target") != "" && r.pattern != "/1.0/instances" {
		return
	}
	i := slices.IndexFunc(lifecycles, func(l struct{ method, pattern, action string }) bool {
		return l.method == method && l.pattern == r.pattern
	})
	if i < 0 {
		return
	}
	source := answer.location
	if source == "" {
		source = c.URL.Path
	}
	c.at.cluster.events.send(event{Type: "lifecycle", Timestamp: c.world.now(), Location: c.at.location(), Project: c.project(),
		Metadata: map[string]any{"action": lifecycles[i].action, "source": source}})
}

// eventsServe sends the events that ?type asks for until the client goes.
func eventsServe(c *call, w http.ResponseWriter) {
	if !websocket.IsWebSocketUpgrade(c.Request) {
		sendError(w, fail(http.StatusBadRequest, "Bad Request"))
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(w, c.Request, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c.world.mu.Lock()
	events := &c.at.cluster.events
	death := c.at.death
	c.world.mu.Unlock()
	ch := events.subscribe()
	var types []string
	if asked := c.query("type"); asked != "" {
		types = strings.Split(asked, ",")
	}
	gone := make(chan struct{})
	c.world.work.Go(func() {
		defer close(gone)
		for { // a client sends nothing but its farewell
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
		}
	})
	c.world.work.Go(func() {
		defer func() { _ = conn.Close() }() // nobody is left to tell
		defer events.leave(ch)
		for {
			select {
			case e := <-ch:
				if (types == nil || slices.Contains(types, e.Type)) && conn.WriteJSON(e) != nil {
					return
				}
			case <-gone:
				return
			case <-death:
				return
			case <-c.world.ctx.Done():
				return
			}
		}
	})
}
