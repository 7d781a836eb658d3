package sandbox

import (
	"errors"
	"net/http"
)

func aliasRoutes() []route {
	return kind[alias]{path: "/1.0/images/aliases", table: "images_aliases", read: (*call).aliases,
		missing: notFound("Image alias not found"),
		blank:   func(alias) alias { return alias{} },
		create:  (*call).createAlias, change: (*call).changeAlias,
	}.routes()
}

type alias struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Target      string `json:"target,omitempty"`
	Type        string `json:"type,omitempty"`

	id int64
}

func (v alias) key() (int64, string) { return v.id, v.Name }

func (v alias) tag() any { return v }

func (c *call) aliases(name string) []alias {
	project := c.imageProject()
	return each(c.tx, func(id int64, row []string) alias {
		return alias{id: id, Name: row[0], Description: row[1], Target: row[2], Type: instanceTypes[c.tx.int(row[3])]}
	}, `SELECT a.id,a.name,a.description,i.fingerprint,i.type FROM images_aliases a JOIN images i ON i.id=a.image_id
		WHERE a.project_id=? AND ? IN ('',a.name) ORDER BY a.name`, project, name)
}

func (c *call) createAlias(body alias) error {
	if body.Name == "" || body.Target == "" {
		return fail(http.StatusBadRequest, "name and target are required")
	}
	project := c.imageProject()
	if c.tx.number("SELECT count(*) FROM images_aliases WHERE project_id=? AND name=?", project, body.Name) > 0 {
		return fail(http.StatusConflict, "Alias %q already exists", body.Name)
	}
	target, err := c.image(body.Target)
	if err == nil {
		c.tx.insert("images_aliases (name,image_id,description,project_id)", body.Name, target.id, body.Description, project)
	}
	return err
}

// changeAlias replaces everything. A PATCH never ends well: the daemon waits for itself (measured).
func (c *call) changeAlias(before, body alias) error {
	switch {
	case c.Method == http.MethodPatch:
		return errors.New("context deadline exceeded")
	case body.Target == "":
		return fail(http.StatusBadRequest, "The target field is required")
	}
	target, err := c.image(body.Target)
	if err == nil {
		c.tx.exec("UPDATE images_aliases SET image_id=?,description=? WHERE id=?", target.id, body.Description, before.id)
	}
	return err
}
