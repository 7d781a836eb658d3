package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

func groupRoutes() []route {
	return kind[group]{path: "/1.0/cluster/groups", table: "cluster_groups", read: (*call).groups, missing: missingGroup,
		blank: func(before group) group {
			return group{Description: before.Description, Members: slices.Clone(before.Members),
				Config: overlay(before.Config, nil)}
		},
		create: (*call).createGroup, change: (*call).changeGroup, remove: (*call).removeGroup,
	}.routes()
}

type group struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Members     []string `json:"members"`
	// Config is that of Incus from 6.12 on; what is shown of it is in the table fields.tsv.
	Config map[string]string `json:"config,omitempty"`

	id int64
}

func (v group) key() (int64, string) { return v.id, v.Name }

func (v group) tag() any { return []any{v.Description, v.Members} }

// groupConfig is the extension of servers whose cluster groups have configuration.
const groupConfig = "clustering_groups_config"

func missingGroup(c *call) error {
	if c.Method == http.MethodDelete {
		return errors.New("Query deleted 0 rows instead of 1")
	}
	return fail(http.StatusNotFound, "Cluster group not found")
}

// inCluster refuses what only the members of a cluster have.
func (c *call) inCluster() {
	if !c.at.cluster.clustered {
		c.tx.refuse(fail(http.StatusBadRequest, "This server is not clustered"))
	}
}

func (c *call) groups(name string) []group {
	c.inCluster()
	return each(c.tx, func(id int64, row []string) group {
		v := group{id: id, Name: row[0], Description: row[1], Members: c.tx.column(`SELECT n.name FROM nodes_cluster_groups g
			JOIN nodes n ON n.id=g.node_id WHERE g.group_id=? ORDER BY n.id`, id)}
		if c.tx.server.Has(groupConfig) {
			v.Config = c.tx.config("cluster_groups_config", "cluster_group_id", id)
		}
		return v
	}, "SELECT id,name,description FROM cluster_groups WHERE ? IN ('',name) ORDER BY id", name)
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

func (c *call) createGroup(body group) error {
	c.inCluster()
	if err := checkGroupName(body.Name); err != nil {
		return err
	}
	if c.tx.number("SELECT count(*) FROM cluster_groups WHERE name=?", body.Name) > 0 {
		return errors.New("This cluster group already exists")
	}
	id := c.tx.insert("cluster_groups (name,description)", body.Name, body.Description)
	return c.tx.setGroup(id, body)
}

// setGroup replaces the members and configuration of a group. The text for an unknown one is SQLite's, as in LXD 5.0.2.
func (t *tx) setGroup(id int64, body group) error {
	if t.server.Has(groupConfig) {
		t.putConfig("cluster_groups_config", "cluster_group_id", id, body.Config)
	}
	t.exec("DELETE FROM nodes_cluster_groups WHERE group_id=?", id)
	for _, name := range body.Members {
		node := t.number("SELECT id FROM nodes WHERE name=?", name)
		if node == 0 {
			return errors.New("Insert nodes for cluster group: NOT NULL constraint failed: nodes_cluster_groups.node_id")
		}
		t.insert("nodes_cluster_groups (node_id,group_id)", node, id)
	}
	return t.err
}

// changeGroup replaces description and members; a PATCH keeps what it does not name. Neither looks whether a member
// is left without any group (measured).
func (c *call) changeGroup(before, body group) error {
	for _, name := range body.Members {
		if c.tx.number("SELECT count(*) FROM nodes WHERE name=?", name) == 0 {
			return fail(http.StatusNotFound, "Failed to get node info: Cluster member not found")
		}
	}
	c.tx.exec("UPDATE cluster_groups SET description=? WHERE id=?", body.Description, before.id)
	return c.tx.setGroup(before.id, body)
}

func (c *call) removeGroup(v group) error {
	switch {
	case v.Name == "default":
		return fail(http.StatusForbidden, "The 'default' cluster group cannot be deleted")
	case len(v.Members) > 0:
		return errors.New("Only empty cluster groups can be removed")
	}
	return nil
}
