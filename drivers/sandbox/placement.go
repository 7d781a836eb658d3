package sandbox

import (
	"net/http"
	"strconv"
)

// configured is an object with a description and keys, and nothing else.
type configured struct {
	Name        string            `json:"name"`
	Type        string            `json:"type,omitempty"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
	Project     string            `json:"project,omitempty"`

	id int64
}

func (v configured) key() (int64, string) { return v.id, v.Name }

func (v configured) tag() any { return v }

func placementRoutes() []route {
	const keys, owner = "placement_groups_config", "placement_group_id"
	k := kind[configured]{path: "/1.0/placement-groups", table: "placement_groups",
		missing: notFound("Placement group not found"), blank: func(before configured) configured { return before }}
	k.read = func(c *call, name string) []configured {
		return each(c.tx, func(id int64, row []string) configured {
			return configured{id: id, Name: row[0], Description: row[1], Project: row[2],
				Config: c.tx.config(keys, owner, id)}
		}, `SELECT g.id,g.name,g.description,p.name FROM placement_groups g JOIN projects p ON p.id=g.project_id
			WHERE (? OR p.id=?) AND ? IN ('',g.name) ORDER BY g.id`, c.everywhere(), c.tx.project(c.project(), ""), name)
	}
	k.create = func(c *call, body configured) error {
		if body.Config["policy"] == "" {
			return fail(http.StatusBadRequest, "Missing required config key: %q", "policy")
		}
		id := c.tx.insert("placement_groups (name,description,project_id)", body.Name, body.Description,
			c.tx.project(c.project(), ""))
		c.tx.putConfig(keys, owner, id, body.Config)
		return nil
	}
	k.change = func(c *call, before, body configured) error {
		c.tx.exec("UPDATE placement_groups SET description=? WHERE id=?", body.Description, before.id)
		c.tx.putConfig(keys, owner, before.id, body.Config)
		return nil
	}
	k.remove = func(c *call, v configured) error {
		for _, table := range []string{"profiles_config", "instances_config"} {
			if c.tx.number("SELECT count(*) FROM "+table+" WHERE key='placement.group' AND value=?", v.Name) > 0 {
				return fail(http.StatusBadRequest, "Placement group %s is currently in use", strconv.Quote(v.Name))
			}
		}
		return nil
	}
	return k.routes()
}

func integrationRoutes() []route {
	const keys, owner = "networks_integrations_config", "network_integration_id"
	k := kind[configured]{path: "/1.0/network-integrations", table: "networks_integrations",
		missing: notFound("Network integration not found"), blank: func(before configured) configured { return before }}
	k.read = func(c *call, name string) []configured {
		return each(c.tx, func(id int64, row []string) configured {
			return configured{id: id, Name: row[0], Description: row[1], Type: "ovn", Config: c.tx.config(keys, owner, id)}
		}, "SELECT id,name,description FROM networks_integrations WHERE ? IN ('',name) ORDER BY id", name)
	}
	k.create = func(c *call, body configured) error {
		if body.Type != "ovn" {
			return fail(http.StatusBadRequest, "Invalid integration type %q", body.Type)
		}
		c.tx.putConfig(keys, owner, c.tx.insert("networks_integrations (name,description,type)", body.Name, body.Description,
			0), body.Config)
		return nil
	}
	k.change = func(c *call, before, body configured) error {
		c.tx.exec("UPDATE networks_integrations SET description=? WHERE id=?", body.Description, before.id)
		c.tx.putConfig(keys, owner, before.id, body.Config)
		return nil
	}
	return k.routes()
}
