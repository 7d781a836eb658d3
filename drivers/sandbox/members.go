package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"clusterctl/drivers/sandbox/wire"
	"clusterctl/schema"
)

// The states of a row in nodes.
const (
	stateMemberCreated   = "0"
	stateMemberPending   = "1"
	stateMemberEvacuated = "2"
)

func memberRoutes() []route {
	const one = "/1.0/cluster/members/{name}"
	return []route{{"POST", "/1.0/cluster/members", trustClient, locked, with(membersPost)},
		{"POST", one, trustClient, locked, about(at("/1.0/cluster/members"), memberRename)},
		{"POST", one + "/state", trustClient, locked, about(at("/1.0/cluster/members"), memberState)}}
}

// raftText is the Raft configuration for queries, as JSON.
func (c *call) raftText() string {
	nodes := schema.Map(c.at.cluster.raft, func(n wire.Node) map[string]any {
		return map[string]any{"id": n.ID, "role": n.Role, "leader": n.ID == c.at.cluster.leader}
	})
	text, _ := json.Marshal(nodes) // plain data always marshals
	return string(text)
}

// withStatus says what members' states and heartbeats mean.
func (c *call) withStatus(members []stored) []stored {
	limit := c.tx.limits().offline
	for i, m := range members {
		status, message := memberStatus(m.text("status"), parseTime(m.text("message")), limit)
		members[i] = m.with("status", status).with("message", message)
	}
	return members
}

// memberStatus never says Blocked: LXD 5.0.2 compares with an empty value there.
func memberStatus(state string, heartbeat time.Time, limit time.Duration) (status, message string) {
	age := time.Since(heartbeat)
	switch {
	case state == stateMemberEvacuated:
		return "Evacuated", "Unavailable due to maintenance"
	case age >= limit:
		return "Offline", fmt.Sprintf("No heartbeat for %s (%s)", age, heartbeat)
	}
	return "Online", "Fully operational"
}

// memberRename changes the row only: the member's own name, its certificate and raft_nodes keep the old one.
func memberRename(c *call, v stored, body memberNamed) (reply, error) {
	if c.tx.number("SELECT count(*) FROM nodes WHERE name=?", body.ServerName) > 0 {
		return reply{}, fail(http.StatusConflict, "Conflict")
	}
	c.tx.exec("UPDATE nodes SET name=? WHERE id=?", body.ServerName, v.id)
	return created("/1.0/cluster/members/" + body.ServerName)
}

var evacuations = []string{"", "auto", "migrate", "live-migrate", "refresh-migrate", "stop", "stateful-stop",
	"force-stop", "force", "skip"}

// memberState evacuates or restores a member.
func memberState(c *call, v stored, body struct{ Action, Mode string }) (reply, error) {
	if !slices.Contains(evacuations, body.Mode) && c.world.server.Does("modes", c.name()) {
		stays := c.world.server.Does("stays evacuated", c.name())
		if stays {
			c.tx.exec("UPDATE nodes SET state=? WHERE id=?", stateMemberEvacuated, v.id)
		}
		return reply{}, &problem{status: http.StatusBadRequest, text: fmt.Sprintf("Invalid evacuation mode: %q", body.Mode),
			keep: stays}
	}
	if body.Action != "evacuate" && body.Action != "restore" {
		return reply{}, fail(http.StatusBadRequest, "Unknown action %q", body.Action)
	}
	m := c.at.cluster.member(v.id)
	if !m.up() {
		return reply{}, errors.New("Missing event connection with target cluster member")
	}
	descriptions := map[string]string{"evacuate": "Evacuating cluster member", "restore": "Restoring cluster member"}
	db := c.at.cluster.db
	op := m.newOperation("task", descriptions[body.Action], func(ctx context.Context) error {
		return update(ctx, db, func(t *tx) error {
			if body.Action == "evacuate" {
				return t.evacuate(v.id)
			}
			return t.restore(v.id)
		})
	})
	return reply{op: op}, nil
}
