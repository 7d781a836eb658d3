package sandbox

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

func operationRoutes() []route {
	return []route{
		{"GET", "/1.0/operations", trustClient, locked, operationsGet},
		{"GET", "/1.0/operations/{id}", trustClient, free, operationGet},
		{"DELETE", "/1.0/operations/{id}", trustClient, free, operationDelete},
		{"GET", "/1.0/operations/{id}/wait", trustClient, free, operationWait},
	}
}

// operationsGet lists the paths by state, or with recursion the operations.
func operationsGet(c *call) (reply, error) {
	lists := map[string][]any{}
	for _, m := range c.at.cluster.members() {
		for _, id := range sortedKeys(m.operations) {
			op := m.operations[id]
			view := op.snapshot()
			state := strings.ToLower(view["status"].(string))
			if c.recursion() {
				lists[state] = append(lists[state], view)
			} else {
				lists[state] = append(lists[state], op.path())
			}
		}
	}
	if c.at.entering {
		join := c.at.newOperation("task", joiningCluster, nil)
		delete(c.at.operations, join.id) // another one is made when this one is asked for again
		lists["running"] = append(lists["running"], join.snapshot())
	}
	return ok(lists)
}

func operationGet(c *call) (reply, error) {
	op, _, err := c.at.findOperation(c.params["id"])
	if err != nil {
		return reply{}, err
	}
	return ok(op.snapshot())
}

func operationDelete(c *call) (reply, error) {
	op, owner, err := c.at.findOperation(c.params["id"])
	if err != nil {
		return reply{}, err
	}
	if !op.mayCancel {
		return reply{}, fail(http.StatusBadRequest, "This operation can't be cancelled")
	}
	op.end(statusCancelled, "")
	c.world.mu.Lock()
	defer c.world.mu.Unlock()
	delete(owner.operations, op.id)
	return done(nil)
}

// operationWait answers when the operation has ended or after ?timeout seconds; -1 or nothing means no limit.
func operationWait(c *call) (reply, error) {
	op, _, err := c.at.findOperation(c.params["id"])
	if err != nil {
		return reply{}, err
	}
	var limit <-chan time.Time
	if seconds, err := strconv.Atoi(c.query("timeout")); err == nil && seconds >= 0 {
		timer := time.NewTimer(time.Duration(seconds) * time.Second)
		defer timer.Stop()
		limit = timer.C
	}
	select {
	case <-op.done:
	case <-limit:
	case <-c.Context().Done():
		return reply{}, c.Context().Err()
	case <-c.world.ctx.Done():
		return reply{}, c.world.ctx.Err()
	}
	if c.world.server.Does("wait fails", "GET /1.0/operations/wait") && op.snapshot()["status_code"] == statusFailure {
		return reply{}, &problem{status: op.code, text: op.err, sent: http.StatusOK}
	}
	return ok(op.snapshot())
}
