package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"clusterctl/drivers/sandbox/wire"
)

// memberDelete removes a member: gracefully, which needs it running and empty, or with ?force=1 from the database
// only.
func memberDelete(c *call) (reply, error) {
	view, id, err := c.viewMember(c.params["name"])
	if err != nil {
		return reply{}, err
	}
	cl := c.at.cluster
	force := c.query("force") == "1" || c.query("force") == "true"
	if c.tx.number("SELECT count(*) FROM nodes WHERE state<>?", stateMemberPending) < 2 {
		return reply{}, errors.New("Member is the only member in the cluster")
	}
	if force && int64(cl.leader) == id && !cl.up(cl.leader) {
		return reply{}, errors.New("Missing event connection with target cluster member")
	}
	m := cl.member(id)
	if !force {
		if err := c.tx.empty(id); err != nil {
			return reply{}, err
		}
		if m == nil || !m.up {
			address := strings.TrimPrefix(view.URL, "https://")
			cl.dropRaft(id)
			return reply{}, unreachable("Delete", address, c.tx.firstPart())
		}
	}
	c.tx.exec("DELETE FROM nodes WHERE id=?", id)
	c.tx.exec("DELETE FROM certificates WHERE name=? AND type=?", view.ServerName, certServer)
	cl.dropRaft(id)
	if m != nil && !force {
		if err := m.standalone(c.Context()); err != nil {
			return reply{}, err
		}
	} else if m != nil {
		m.orphan()
	}
	if err := cl.settleRoles(c.tx); err != nil {
		return reply{}, err
	}
	answer, err := done()
	return answer, errors.Join(err, c.tx.err)
}

// firstPart is the path of what leaving deletes on the member first: a network, or else a pool.
func (t *tx) firstPart() string {
	if name, found := t.text("SELECT name FROM networks ORDER BY id"); found {
		return "/1.0/networks/" + name + "?project=default"
	}
	name, _ := t.text("SELECT name FROM storage_pools ORDER BY id")
	return "/1.0/storage-pools/" + name
}

// empty refuses to remove a member on which something lives.
func (t *tx) empty(id int64) error {
	lists := []struct{ what, query string }{
		{"containers", "SELECT name FROM instances WHERE node_id=? ORDER BY name"},
		{"images", `SELECT fingerprint FROM images WHERE id IN (SELECT image_id FROM images_nodes WHERE node_id=?)
			AND id NOT IN (SELECT image_id FROM images_nodes GROUP BY image_id HAVING count(*)>1) ORDER BY 1`},
		{"custom volumes", "SELECT name FROM storage_volumes WHERE node_id=? AND type=2 ORDER BY name"},
	}
	for _, l := range lists {
		if names := t.column(l.query, id); len(names) > 0 {
			return fail(http.StatusInternalServerError, "Node still has the following %s: %s", l.what, strings.Join(names, ", "))
		}
	}
	return t.err
}

// dropRaft takes a member out of the Raft configuration. When two are left, the one that does not lead becomes a spare
// and stays so until a third joins (measured).
func (c *cluster) dropRaft(id int64) {
	c.raft = slices.DeleteFunc(c.raft, func(n wire.Node) bool { return int64(n.ID) == id })
	c.elect()
	for i := range c.raft {
		if len(c.raft) == 2 && c.raft[i].ID != c.leader {
			c.raft[i].Role = wire.Spare
		}
	}
}

// orphan makes the daemon of a member that was removed by force useless: it still believes to be clustered.
func (m *member) orphan() { m.id = -1 }
