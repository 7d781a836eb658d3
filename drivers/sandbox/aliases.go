package sandbox

import (
	"errors"
	"net/http"
)

func aliasRoutes() []route {
	return []route{
		{"GET", "/1.0/images/aliases", trustClient, locked, aliasesGet},
		{"POST", "/1.0/images/aliases", trustClient, locked, aliasesPost},
		{"GET", "/1.0/images/aliases/{name}", trustClient, locked, aliasGet},
		{"PUT", "/1.0/images/aliases/{name}", trustClient, locked, aliasChange},
		{"PATCH", "/1.0/images/aliases/{name}", trustClient, locked, aliasChange},
		{"POST", "/1.0/images/aliases/{name}", trustClient, locked, aliasRename},
		{"DELETE", "/1.0/images/aliases/{name}", trustClient, locked, aliasDelete},
	}
}

type aliasView struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Target      string `json:"target,omitempty"`
	Type        string `json:"type,omitempty"`
}

func (v aliasView) tag() any { return v }

func (c *call) alias(name string) (aliasView, int64, error) {
	project, err := c.imageProject()
	if err != nil {
		return aliasView{}, 0, err
	}
	row := c.tx.row("SELECT a.name,a.description,i.fingerprint,i.type FROM images_aliases a JOIN images i ON i.id=a.image_id WHERE a.project_id=? AND a.name=?", project, name)
	if row == nil {
		return aliasView{}, 0, fail(http.StatusNotFound, "Image alias not found")
	}
	kind := instanceTypes[0]
	if row[3] == "1" {
		kind = instanceTypes[1]
	}
	id := c.tx.number("SELECT id FROM images_aliases WHERE project_id=? AND name=?", project, name)
	return aliasView{Name: row[0], Description: row[1], Target: row[2], Type: kind}, id, nil
}

func aliasesGet(c *call) (reply, error) {
	project, err := c.imageProject()
	if err != nil {
		return reply{}, err
	}
	return list(c, "images/aliases", c.tx.column("SELECT name FROM images_aliases WHERE project_id=? ORDER BY name", project), func(name string) aliasView {
		view, _, err := c.alias(name)
		c.tx.note(err, "reading an alias")
		return view
	})
}

func aliasesPost(c *call) (reply, error) {
	var body aliasView
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if body.Name == "" || body.Target == "" {
		return reply{}, fail(http.StatusBadRequest, "name and target are required")
	}
	project, err := c.imageProject()
	if err != nil {
		return reply{}, err
	}
	if _, id, _ := c.alias(body.Name); id != 0 {
		return reply{}, fail(http.StatusConflict, "Alias %q already exists", body.Name)
	}
	_, image, err := c.image(body.Target)
	if err != nil {
		return reply{}, err
	}
	c.tx.exec("INSERT INTO images_aliases (name,image_id,description,project_id) VALUES (?,?,?,?)", body.Name, image, body.Description, project)
	return created("/1.0/images/aliases/" + body.Name)
}

func aliasGet(c *call) (reply, error) {
	view, _, err := c.alias(c.params["name"])
	return reply{metadata: view, etag: view.tag()}, err
}

// aliasChange replaces everything. A PATCH never ends well: the daemon waits for itself (measured).
func aliasChange(c *call) (reply, error) {
	before, id, err := c.alias(c.params["name"])
	if err != nil {
		return reply{}, err
	}
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch {
		return reply{}, errors.New("context deadline exceeded")
	}
	var body aliasView
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if body.Target == "" {
		return reply{}, fail(http.StatusBadRequest, "The target field is required")
	}
	_, image, err := c.image(body.Target)
	if err != nil {
		return reply{}, err
	}
	c.tx.exec("UPDATE images_aliases SET image_id=?,description=? WHERE id=?", image, body.Description, id)
	return done()
}

func aliasRename(c *call) (reply, error) {
	_, id, err := c.alias(c.params["name"])
	if err != nil {
		return reply{}, err
	}
	var body aliasView
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if _, other, _ := c.alias(body.Name); other != 0 {
		return reply{}, fail(http.StatusConflict, "Alias %q already exists", body.Name)
	}
	c.tx.exec("UPDATE images_aliases SET name=? WHERE id=?", body.Name, id)
	return created("/1.0/images/aliases/" + body.Name)
}

func aliasDelete(c *call) (reply, error) {
	_, id, err := c.alias(c.params["name"])
	if err != nil {
		return reply{}, err
	}
	c.tx.exec("DELETE FROM images_aliases WHERE id=?", id)
	return done()
}
