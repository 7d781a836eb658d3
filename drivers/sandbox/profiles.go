package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
)

func profileRoutes() []route {
	return []route{
		{"GET", "/1.0/profiles", trustClient, locked, profilesGet},
		{"POST", "/1.0/profiles", trustClient, locked, profilesPost},
		{"GET", "/1.0/profiles/{name}", trustClient, locked, profileGet},
		{"PUT", "/1.0/profiles/{name}", trustClient, locked, profileChange},
		{"PATCH", "/1.0/profiles/{name}", trustClient, locked, profileChange},
		{"POST", "/1.0/profiles/{name}", trustClient, locked, profileRename},
		{"DELETE", "/1.0/profiles/{name}", trustClient, locked, profileDelete},
	}
}

type profileBody struct {
	Name        string                       `json:"name"`
	Description string                       `json:"description"`
	Config      map[string]string            `json:"config"`
	Devices     map[string]map[string]string `json:"devices"`
}

type profileView struct {
	profileBody
	UsedBy []string `json:"used_by"`
}

func (v profileView) tag() any { return []any{v.Config, v.Description, v.Devices} }

// profileProject is where the profiles of the call's project live.
func (c *call) profileProject() (int64, error) {
	return c.tx.featureProject(c.project(), "features.profiles")
}

func (c *call) viewProfile(project int64, name string) (profileView, error) {
	row := c.tx.row("SELECT name,description FROM profiles WHERE project_id=? AND name=?", project, name)
	if row == nil {
		return profileView{}, fail(http.StatusNotFound, "Fetch profile: Profile not found")
	}
	id := c.tx.profileID(project, name)
	return profileView{profileBody: profileBody{Name: row[0], Description: row[1], Config: c.tx.config("profiles_config", "profile_id", id),
		Devices: c.tx.devices("profiles", "profile", id)}, UsedBy: c.tx.profileUsers(id)}, nil
}

func (t *tx) profileID(project int64, name string) int64 {
	return t.number("SELECT id FROM profiles WHERE project_id=? AND name=?", project, name)
}

func (t *tx) profileUsers(id int64) []string {
	users := []string{}
	for _, row := range t.rows(`SELECT i.name,p.name FROM instances_profiles ip JOIN instances i ON i.id=ip.instance_id JOIN projects p ON p.id=i.project_id
		WHERE ip.profile_id=? ORDER BY i.id`, id) {
		users = append(users, inProject("/1.0/instances/"+row[0], row[1]))
	}
	return users
}

func profilesGet(c *call) (reply, error) {
	project, err := c.profileProject()
	if err != nil {
		return reply{}, err
	}
	return list(c, "profiles", c.tx.column("SELECT name FROM profiles WHERE project_id=? ORDER BY name", project), func(name string) profileView {
		view, err := c.viewProfile(project, name)
		c.tx.note(err, "reading a profile")
		return view
	})
}

func profileGet(c *call) (reply, error) {
	project, err := c.profileProject()
	if err != nil {
		return reply{}, err
	}
	view, err := c.viewProfile(project, c.params["name"])
	return reply{metadata: view, etag: view.tag()}, err
}

func profilesPost(c *call) (reply, error) {
	project, err := c.profileProject()
	if err != nil {
		return reply{}, err
	}
	var body profileBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	switch {
	case body.Name == "":
		return reply{}, fail(http.StatusBadRequest, "No name provided")
	case strings.Contains(body.Name, "/"):
		return reply{}, fail(http.StatusBadRequest, "Profile names may not contain slashes")
	case body.Name == "." || body.Name == "..":
		return reply{}, fail(http.StatusBadRequest, "Invalid profile name %q", body.Name)
	}
	if err := c.checkProfile(body); err != nil {
		return reply{}, err
	}
	if c.tx.profileID(project, body.Name) != 0 {
		return reply{}, fmt.Errorf("Error inserting %q into database: The profile already exists", body.Name)
	}
	id, _ := c.tx.exec("INSERT INTO profiles (name,description,project_id) VALUES (?,?,?)", body.Name, body.Description, project)
	c.tx.storeProfile(id, body)
	return created("/1.0/profiles/" + body.Name)
}

func (t *tx) storeProfile(id int64, body profileBody) {
	t.putConfig("profiles_config", "profile_id", id, body.Config)
	t.putDevices("profiles", "profile", id, body.Devices)
}

// checkProfile refuses what the daemon refuses of configuration and devices.
func (c *call) checkProfile(body profileBody) error {
	if err := checkInstanceConfig(body.Config); err != nil {
		return fail(http.StatusBadRequest, "%v", err)
	}
	if err := c.checkDevices(body.Devices); err != nil {
		return fail(http.StatusBadRequest, "%v", err)
	}
	return nil
}

// profileChange replaces everything; a PATCH lays keys and whole devices over what is there, and never touches the
// description unless it names one.
func profileChange(c *call) (reply, error) {
	project, err := c.profileProject()
	if err != nil {
		return reply{}, err
	}
	before, err := c.viewProfile(project, c.params["name"])
	if err != nil {
		return reply{}, err
	}
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	var body profileBody
	if c.Method == http.MethodPatch {
		body.Description = before.Description
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch {
		body.Config = overlay(before.Config, body.Config)
		devices := maps.Clone(before.Devices)
		maps.Copy(devices, body.Devices)
		body.Devices = devices
	}
	if err := c.checkProfile(body); err != nil {
		return reply{}, err
	}
	id := c.tx.profileID(project, before.Name)
	c.tx.exec("UPDATE profiles SET description=? WHERE id=?", body.Description, id)
	c.tx.storeProfile(id, body)
	return done()
}

func profileRename(c *call) (reply, error) {
	if c.params["name"] == "default" {
		return reply{}, fail(http.StatusForbidden, "The \"default\" profile cannot be renamed")
	}
	project, err := c.profileProject()
	if err != nil {
		return reply{}, err
	}
	var body profileBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	switch {
	case c.tx.profileID(project, c.params["name"]) == 0:
		return reply{}, fail(http.StatusNotFound, "Profile not found")
	case c.tx.profileID(project, body.Name) != 0:
		return reply{}, fail(http.StatusConflict, "Name %q already in use", body.Name)
	}
	c.tx.exec("UPDATE profiles SET name=? WHERE id=?", body.Name, c.tx.profileID(project, c.params["name"]))
	return created("/1.0/profiles/" + body.Name)
}

func profileDelete(c *call) (reply, error) {
	if c.params["name"] == "default" {
		return reply{}, fail(http.StatusForbidden, "The \"default\" profile cannot be deleted")
	}
	project, err := c.profileProject()
	if err != nil {
		return reply{}, err
	}
	id := c.tx.profileID(project, c.params["name"])
	switch {
	case id == 0:
		return reply{}, fail(http.StatusNotFound, "Profile not found")
	case len(c.tx.profileUsers(id)) > 0:
		return reply{}, fail(http.StatusBadRequest, "Profile is currently in use")
	}
	c.tx.exec("DELETE FROM profiles WHERE id=?", id)
	return done()
}
