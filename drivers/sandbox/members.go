package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"clusterctl/drivers/sandbox/wire"
)

// The states of a row in nodes.
const (
	stateMemberCreated   = "0"
	stateMemberPending   = "1"
	stateMemberEvacuated = "2"
)

func members() kind[memberView] {
	return kind[memberView]{path: "/1.0/cluster/members", read: (*call).members,
		missing: notFound("Cluster member not found"),
		blank:   func(before memberView) memberView { return memberView{Config: overlay(before.Config, nil)} },
		change:  (*call).changeMember, remove: (*call).removeMember}
}

func memberRoutes() []route {
	return append(members().routes(), route{"POST", "/1.0/cluster/members", trustClient, locked, with(membersPost)},
		route{"POST", "/1.0/cluster/members/{name}", trustClient, locked, about(members(), memberRename)},
		route{"POST", "/1.0/cluster/members/{name}/state", trustClient, locked, about(members(), memberState)})
}

type memberView struct {
	Roles         []string          `json:"roles"`
	FailureDomain string            `json:"failure_domain"`
	Description   string            `json:"description"`
	Config        map[string]string `json:"config"`
	Groups        []string          `json:"groups"`
	ServerName    string            `json:"server_name"`
	URL           string            `json:"url"`
	Database      bool              `json:"database"`
	Status        string            `json:"status"`
	Message       string            `json:"message"`
	Architecture  string            `json:"architecture"`

	id int64
}

func (v memberView) key() (int64, string) { return v.id, v.ServerName }

func (v memberView) tag() any {
	return []any{v.Roles, v.FailureDomain, v.Description, v.Config, v.Groups}
}

var architectures = map[string]string{"1": "i686", "2": "x86_64", "4": "aarch64"}

// members returns those that are not pending.
func (c *call) members(name string) []memberView {
	if !c.at.cluster.clustered {
		c.tx.refuse(errors.New("Server is not clustered"))
	}
	return each(c.tx, c.viewMember, `SELECT n.id,n.name,n.address,n.description,n.heartbeat,n.state,n.arch,IFNULL(f.name,'default')
		FROM nodes n LEFT JOIN nodes_failure_domains f ON f.id=n.failure_domain_id
		WHERE ? IN ('',n.name) AND n.state<>? ORDER BY n.id`, name, stateMemberPending)
}

func (c *call) viewMember(id int64, row []string) memberView {
	view := memberView{id: id, ServerName: row[0], URL: "https://" + row[1], Description: row[2],
		Architecture:  architectures[row[5]],
		FailureDomain: row[6], Roles: []string{}, Config: c.tx.config("nodes_config", "node_id", id),
		Groups: c.tx.column(`SELECT g.name FROM nodes_cluster_groups x JOIN cluster_groups g ON g.id=x.group_id
			WHERE x.node_id=? ORDER BY g.id`, id)}
	given := c.world.server.Roles
	for _, role := range sortedKeys(given) {
		if c.tx.number("SELECT count(*) FROM nodes_roles WHERE node_id=? AND role=?", id, given[role]) > 0 {
			view.Roles = append(view.Roles, role)
		}
	}
	if len(view.Groups) == 0 {
		view.Groups = nil // shown as null
	}
	cl := c.at.cluster
	role, in := cl.role(id)
	own := c.world.server.Voter
	if int64(cl.leader) == id {
		view.Roles = append(view.Roles, "database-leader")
	}
	if view.Database = in && role == wire.Voter; view.Database && int64(cl.leader) != id || view.Database &&
		own == "database" {
		view.Roles = append(view.Roles, own)
	} else if in && role == wire.StandBy {
		view.Roles = append(view.Roles, "database-standby")
	}
	view.Status, view.Message = memberStatus(row[4], parseTime(row[3]), c.tx.limits().offline)
	return view
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

// changeMember replaces everything; a PATCH merges the configuration only, the rest must be sent in full.
func (c *call) changeMember(before, body memberView) error {
	own := c.world.server.Voter
	has, wants := slices.Contains(before.Roles, own) && own == "database", slices.Contains(body.Roles, "database")
	switch {
	case has && !wants:
		return fail(http.StatusBadRequest, "The \"database\" role cannot be dropped at this time")
	case wants && !has && own == "database":
		return fail(http.StatusBadRequest, "The \"database\" role cannot be added at this time")
	}
	for _, key := range sortedKeys(body.Config) {
		value := body.Config[key]
		switch {
		case strings.HasPrefix(key, "user."):
		case key != "scheduler.instance":
			return strange(http.StatusInternalServerError, "Invalid cluster configuration key %q", key)
		case !slices.Contains([]string{"", "all", "group", "manual"}, value):
			return fmt.Errorf("Invalid cluster configuration key %q value", key)
		}
	}
	if len(body.Groups) == 0 {
		return fail(http.StatusBadRequest, "Cluster members need to belong to at least one group")
	}
	return c.tx.storeMember(before.id, body)
}

func (t *tx) storeMember(id int64, body memberView) error {
	t.exec("UPDATE nodes SET description=? WHERE id=?", body.Description, id)
	t.putConfig("nodes_config", "node_id", id, body.Config)
	t.exec("DELETE FROM nodes_roles WHERE node_id=?", id)
	for _, role := range body.Roles {
		number, known := t.server.Roles[role]
		if strings.HasPrefix(role, "database") && !known {
			continue
		}
		if !known {
			return fmt.Errorf("Update roles: Invalid cluster role %q", role)
		}
		t.insert("nodes_roles (node_id,role)", id, number)
	}
	if err := t.setFailureDomain(id, body.FailureDomain); err != nil {
		return err
	}
	t.exec("DELETE FROM nodes_cluster_groups WHERE node_id=?", id)
	for _, name := range body.Groups {
		group := t.number("SELECT id FROM cluster_groups WHERE name=?", name)
		if group == 0 {
			return fail(http.StatusNotFound,
				"Update cluster groups: Failed to add member to cluster group: Failed to get cluster group ID: Cluster group not found")
		}
		t.insert("nodes_cluster_groups (node_id,group_id)", id, group)
	}
	return t.err
}

// setFailureDomain stores a domain; "default" is NULL in the table.
func (t *tx) setFailureDomain(id int64, name string) error {
	switch name {
	case "":
		return errors.New("Update failure domain: Failure domain name can't be empty")
	case "default":
		t.exec("UPDATE nodes SET failure_domain_id=NULL WHERE id=?", id)
		return t.err
	}
	t.exec("INSERT INTO nodes_failure_domains (name) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM nodes_failure_domains WHERE name=?)", name, name)
	t.exec("UPDATE nodes SET failure_domain_id=(SELECT id FROM nodes_failure_domains WHERE name=?) WHERE id=?", name, id)
	return t.err
}

// memberRename changes the row only: the member's own name, its certificate and raft_nodes keep the old one.
func memberRename(c *call, v memberView, body memberNamed) (reply, error) {
	if c.tx.number("SELECT count(*) FROM nodes WHERE name=?", body.ServerName) > 0 {
		return reply{}, fail(http.StatusConflict, "Conflict")
	}
	c.tx.exec("UPDATE nodes SET name=? WHERE id=?", body.ServerName, v.id)
	return created("/1.0/cluster/members/" + body.ServerName)
}

var evacuations = []string{"", "auto", "migrate", "live-migrate", "refresh-migrate", "stop", "stateful-stop",
	"force-stop", "force", "skip"}

// memberState evacuates or restores a member.
func memberState(c *call, v memberView, body struct{ Action, Mode string }) (reply, error) {
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
	if m == nil || !m.up {
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
