package sandbox

import (
	"errors"
	"net/http"
	"strings"
)

func groupRoutes() []route {
	return []route{
		{"GET", "/1.0/cluster/groups", trustClient, locked, clustered(groupsGet)},
		{"POST", "/1.0/cluster/groups", trustClient, locked, clustered(groupsPost)},
		{"GET", "/1.0/cluster/groups/{name}", trustClient, locked, clustered(groupGet)},
		{"PUT", "/1.0/cluster/groups/{name}", trustClient, locked, clustered(groupChange)},
		{"PATCH", "/1.0/cluster/groups/{name}", trustClient, locked, clustered(groupChange)},
		{"POST", "/1.0/cluster/groups/{name}", trustClient, locked, clustered(groupRename)},
		{"DELETE", "/1.0/cluster/groups/{name}", trustClient, locked, clustered(groupDelete)},
	}
}

// clustered lets a handler run only on members of a cluster.
func clustered(handle func(*call) (reply, error)) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		if !c.at.cluster.clustered {
			return reply{}, fail(http.StatusBadRequest, "This server is not clustered")
		}
		return handle(c)
	}
}

type groupView struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Members     []string `json:"members"`
}

func (v groupView) tag() any { return []any{v.Description, v.Members} }

func (t *tx) group(name string) (groupView, int64, error) {
	row := t.row("SELECT name,description FROM cluster_groups WHERE name=?", name)
	if row == nil {
		return groupView{}, 0, fail(http.StatusNotFound, "Cluster group not found")
	}
	id := t.number("SELECT id FROM cluster_groups WHERE name=?", name)
	members := t.column("SELECT n.name FROM nodes_cluster_groups g JOIN nodes n ON n.id=g.node_id WHERE g.group_id=? ORDER BY n.id", id)
	return groupView{Name: row[0], Description: row[1], Members: members}, id, nil
}

func groupsGet(c *call) (reply, error) {
	return list(c, "cluster/groups", c.tx.column("SELECT name FROM cluster_groups ORDER BY id"), func(name string) groupView {
		view, _, err := c.tx.group(name)
		c.tx.note(err, "reading a cluster group")
		return view
	})
}

func groupGet(c *call) (reply, error) {
	view, _, err := c.tx.group(c.params["name"])
	return reply{metadata: view, etag: view.tag()}, err
}

func checkGroupName(name string) error {
	switch {
	case name == "":
		return fail(http.StatusBadRequest, "No name provided")
	case strings.Contains(name, "/"):
		return fail(http.StatusBadRequest, "Cluster group names may not contain slashes")
	case strings.Contains(name, " "):
		return fail(http.StatusBadRequest, "Cluster group names may not contain spaces")
	case strings.Contains(name, "_"):
		return fail(http.StatusBadRequest, "Cluster group names may not contain underscores")
	case strings.ContainsAny(name, `'"`):
		return fail(http.StatusBadRequest, "Cluster group names may not contain quotes")
	case name == "*":
		return fail(http.StatusBadRequest, "Reserved cluster group name")
	case name == "." || name == "..":
		return fail(http.StatusBadRequest, "Invalid cluster group name %q", name)
	}
	return nil
}

func groupsPost(c *call) (reply, error) {
	var body groupView
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if err := checkGroupName(body.Name); err != nil {
		return reply{}, err
	}
	if c.tx.number("SELECT count(*) FROM cluster_groups WHERE name=?", body.Name) > 0 {
		return reply{}, errors.New("This cluster group already exists")
	}
	id, _ := c.tx.exec("INSERT INTO cluster_groups (name,description) VALUES (?,?)", body.Name, body.Description)
	if err := c.tx.setGroup(id, body.Members); err != nil {
		return reply{}, err
	}
	return created("/1.0/cluster/groups/" + body.Name)
}

// setGroup replaces the members of a group. The text for an unknown one is SQLite's, as in LXD 5.0.2.
func (t *tx) setGroup(id int64, members []string) error {
	t.exec("DELETE FROM nodes_cluster_groups WHERE group_id=?", id)
	for _, name := range members {
		node := t.number("SELECT id FROM nodes WHERE name=?", name)
		if node == 0 {
			return errors.New("Insert nodes for cluster group: NOT NULL constraint failed: nodes_cluster_groups.node_id")
		}
		t.exec("INSERT INTO nodes_cluster_groups (node_id,group_id) VALUES (?,?)", node, id)
	}
	return t.err
}

// groupChange replaces description and members; a PATCH keeps what it does not name. Neither looks whether a member
// is left without any group (measured).
func groupChange(c *call) (reply, error) {
	before, id, err := c.tx.group(c.params["name"])
	if err != nil {
		return reply{}, err
	}
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	var body groupView
	if c.Method == http.MethodPatch {
		body = groupView{Description: before.Description, Members: before.Members}
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	for _, name := range body.Members {
		if c.tx.number("SELECT count(*) FROM nodes WHERE name=?", name) == 0 {
			return reply{}, fail(http.StatusNotFound, "Failed to get node info: Cluster member not found")
		}
	}
	c.tx.exec("UPDATE cluster_groups SET description=? WHERE id=?", body.Description, id)
	if err := c.tx.setGroup(id, body.Members); err != nil {
		return reply{}, err
	}
	return done()
}

func groupRename(c *call) (reply, error) {
	if c.params["name"] == "default" {
		return reply{}, fail(http.StatusForbidden, "The %q group cannot be renamed", "default")
	}
	_, id, err := c.tx.group(c.params["name"])
	if err != nil {
		return reply{}, err
	}
	var body groupView
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if err := checkGroupName(body.Name); err != nil {
		return reply{}, err
	}
	if _, other, _ := c.tx.group(body.Name); other != 0 {
		return reply{}, fail(http.StatusInternalServerError, "Name %q already in use", body.Name)
	}
	c.tx.exec("UPDATE cluster_groups SET name=? WHERE id=?", body.Name, id)
	return created("/1.0/cluster/groups/" + body.Name)
}

func groupDelete(c *call) (reply, error) {
	if c.params["name"] == "default" {
		return reply{}, fail(http.StatusForbidden, "The 'default' cluster group cannot be deleted")
	}
	view, id, err := c.tx.group(c.params["name"])
	switch {
	case err != nil:
		return reply{}, errors.New("Query deleted 0 rows instead of 1")
	case len(view.Members) > 0:
		return reply{}, errors.New("Only empty cluster groups can be removed")
	}
	c.tx.exec("DELETE FROM cluster_groups WHERE id=?", id)
	return done()
}
