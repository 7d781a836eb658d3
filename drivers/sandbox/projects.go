package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func projectRoutes() []route {
	return []route{
		{"GET", "/1.0/projects", trustClient, locked, projectsGet},
		{"POST", "/1.0/projects", trustClient, locked, projectsPost},
		{"GET", "/1.0/projects/{name}", trustClient, locked, projectGet},
		{"PUT", "/1.0/projects/{name}", trustClient, locked, projectChange},
		{"PATCH", "/1.0/projects/{name}", trustClient, locked, projectChange},
		{"POST", "/1.0/projects/{name}", trustClient, locked, projectRename},
		{"DELETE", "/1.0/projects/{name}", trustClient, locked, projectDelete},
	}
}

type projectView struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
	UsedBy      []string          `json:"used_by"`
}

// projectDefaults are the features that the server adds to a new project that does not name them.
var projectDefaults = []string{"features.images", "features.profiles", "features.storage.volumes"}

func (t *tx) project(name, prefix string) (int64, error) {
	id := t.number("SELECT id FROM projects WHERE name=?", name)
	if id == 0 {
		return 0, fail(http.StatusNotFound, "%sProject not found", prefix)
	}
	return id, nil
}

// featureProject is the project whose objects the given one uses: itself when it has the feature, otherwise default.
func (t *tx) featureProject(name, feature string) (int64, error) {
	id, err := t.project(name, fmt.Sprintf("Failed loading project %q: ", name))
	if err != nil || t.feature(id, feature) {
		return id, err
	}
	return 1, nil
}

func (t *tx) feature(id int64, feature string) bool {
	value, _ := t.text("SELECT value FROM projects_config WHERE project_id=? AND key=?", id, feature)
	return value == "true"
}

func (c *call) viewProject(name string) projectView {
	row := c.tx.row("SELECT id,name,description FROM projects WHERE name=?", name)
	id := c.tx.number("SELECT id FROM projects WHERE name=?", name)
	return projectView{Name: row[1], Description: row[2], Config: c.tx.config("projects_config", "project_id", id), UsedBy: c.tx.projectUsers(id, name)}
}

// projectUsers are the paths of what lives in the project. Profiles count only while the feature is on.
func (t *tx) projectUsers(id int64, name string) []string {
	users := []string{}
	for _, x := range []struct{ table, column, path string }{{"instances", "name", "instances"}, {"profiles", "name", "profiles"},
		{"images", "fingerprint", "images"}, {"networks", "name", "networks"}, {"networks_acls", "name", "network-acls"}} {
		for _, n := range t.column("SELECT "+x.column+" FROM "+x.table+" WHERE project_id=? ORDER BY id", id) {
			users = append(users, inProject("/1.0/"+x.path+"/"+n, name))
		}
	}
	for _, v := range t.viewVolumes("v.type=2 AND v.project_id=?", id) {
		users = append(users, v.path())
	}
	return users
}

func projectsGet(c *call) (reply, error) {
	return list(c, "projects", c.tx.column("SELECT name FROM projects ORDER BY name"), c.viewProject)
}

func projectGet(c *call) (reply, error) {
	if _, err := c.tx.project(c.params["name"], ""); err != nil {
		return reply{}, err
	}
	view := c.viewProject(c.params["name"])
	return reply{metadata: view, etag: view.tag()}, nil
}

func (v projectView) tag() any { return []any{v.Description, v.Config} }

func projectsPost(c *call) (reply, error) {
	var body projectView
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if err := checkProjectName(body.Name); err != nil {
		return reply{}, err
	}
	config := overlay(nil, body.Config)
	for _, feature := range projectDefaults {
		if _, given := config[feature]; !given {
			config[feature] = "true"
		}
	}
	if err := checkProject(config); err != nil {
		return reply{}, err
	}
	if c.tx.number("SELECT count(*) FROM projects WHERE name=?", body.Name) > 0 {
		return reply{}, fail(http.StatusConflict, "Failed creating project %q: Failed adding database record: This \"projects\" entry already exists", body.Name)
	}
	id, _ := c.tx.exec("INSERT INTO projects (name,description) VALUES (?,?)", body.Name, body.Description)
	c.tx.putConfig("projects_config", "project_id", id, config)
	if config["features.profiles"] == "true" {
		c.tx.addDefaultProfile(id, body.Name)
	}
	return created("/1.0/projects/" + body.Name)
}

func checkProjectName(name string) error {
	switch {
	case name == "":
		return fail(http.StatusBadRequest, "No name provided")
	case strings.Contains(name, "/"):
		return fail(http.StatusBadRequest, "Project names may not contain slashes")
	case name == "*":
		return fail(http.StatusBadRequest, "Reserved project name")
	case strings.ContainsAny(name, " '\""):
		return fail(http.StatusBadRequest, "Project names may not contain spaces")
	}
	return nil
}

var projectFeatures = []string{"features.images", "features.networks", "features.profiles", "features.storage.volumes"}

// checkProject refuses unknown keys and wrong values.
func checkProject(config map[string]string) error {
	for _, key := range sortedKeys(config) {
		value := config[key]
		var err error
		switch {
		case slices.Contains(projectFeatures, key):
			if value != "" && checkBool(value) != nil {
				err = fmt.Errorf("Invalid value for a boolean %q", value)
			}
		case slices.Contains([]string{"limits.containers", "limits.virtual-machines", "limits.instances", "limits.networks", "limits.processes", "limits.cpu"}, key):
			if _, e := strconv.ParseUint(value, 10, 32); e != nil && value != "" {
				err = fmt.Errorf("Invalid value for uint32 %q: %w", value, e)
			}
		case strings.HasPrefix(key, "user."), strings.HasPrefix(key, "restricted"), strings.HasPrefix(key, "limits."),
			strings.HasPrefix(key, "backups."), strings.HasPrefix(key, "images."):
		default:
			return fail(http.StatusBadRequest, "Invalid project configuration key %q", key)
		}
		if err != nil {
			return fail(http.StatusBadRequest, "Invalid project configuration key %q value: %v", key, err)
		}
	}
	return nil
}

// projectChange replaces description and configuration; a PATCH keeps the one that it does not name.
func projectChange(c *call) (reply, error) {
	name := c.params["name"]
	id, err := c.tx.project(name, "")
	if err != nil {
		return reply{}, err
	}
	before := c.viewProject(name)
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	body := projectView{}
	if c.Method == http.MethodPatch {
		body.Description = before.Description
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch && body.Config == nil {
		body.Config = before.Config
	}
	config := overlay(nil, body.Config)
	if err := checkProject(config); err != nil {
		return reply{}, err
	}
	if err := c.changeFeatures(id, name, before.Config, config); err != nil {
		return reply{}, err
	}
	c.tx.exec("UPDATE projects SET description=? WHERE id=?", body.Description, id)
	c.tx.putConfig("projects_config", "project_id", id, config)
	return done()
}

// changeFeatures refuses what cannot be changed, and makes or deletes the project's own default profile.
func (c *call) changeFeatures(id int64, name string, before, config map[string]string) error {
	for _, feature := range projectFeatures {
		switch {
		case config[feature] == before[feature]:
		case name == "default":
			return fail(http.StatusBadRequest, "You can't change the features of the default project")
		case c.projectInUse(id, name):
			return fail(http.StatusBadRequest, "Features can only be changed on empty projects")
		case feature == "features.profiles" && config[feature] == "true":
			c.tx.addDefaultProfile(id, name)
		case feature == "features.profiles":
			if _, deleted := c.tx.exec("DELETE FROM profiles WHERE project_id=? AND name='default'", id); deleted == 0 {
				return fail(http.StatusNotFound, "Delete project default profile: Profile not found")
			}
		}
	}
	return nil
}

func (t *tx) addDefaultProfile(project int64, name string) {
	t.exec("INSERT INTO profiles (name,description,project_id) VALUES ('default',?,?)", fmt.Sprintf("Default LXD profile for project %s", name), project)
}

// projectInUse reports whether anything but its own default profile lives in the project.
func (c *call) projectInUse(id int64, name string) bool {
	for _, path := range c.tx.projectUsers(id, name) {
		if !strings.HasPrefix(path, "/1.0/profiles/default") {
			return true
		}
	}
	return false
}

func projectRename(c *call) (reply, error) {
	id, err := c.tx.project(c.params["name"], "")
	if err != nil {
		return reply{}, err
	}
	var body projectView
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if c.params["name"] == "default" {
		return reply{}, fail(http.StatusForbidden, "The 'default' project cannot be renamed")
	}
	db := c.at.cluster.db
	return reply{op: c.at.newOperation("task", "Renaming project", func(ctx context.Context) error {
		return update(ctx, db, func(t *tx) error {
			if err := checkProjectName(body.Name); err != nil {
				return err
			}
			if t.number("SELECT count(*) FROM projects WHERE name=?", body.Name) > 0 {
				return fmt.Errorf("A project named %q already exists", body.Name)
			}
			t.exec("UPDATE projects SET name=? WHERE id=?", body.Name, id)
			return nil
		})
	})}, nil
}

func projectDelete(c *call) (reply, error) {
	name := c.params["name"]
	if name == "default" {
		return reply{}, fail(http.StatusForbidden, "The 'default' project cannot be deleted")
	}
	id, err := c.tx.project(name, fmt.Sprintf("Fetch project %q: ", name))
	if err != nil {
		return reply{}, err
	}
	if c.projectInUse(id, name) {
		return reply{}, fail(http.StatusBadRequest, "Only empty projects can be removed")
	}
	c.tx.exec("DELETE FROM projects WHERE id=?", id)
	return done()
}
