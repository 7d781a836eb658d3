package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"clusterctl/schema"
)

func projectRoutes() []route {
	return kind[project]{path: "/1.0/projects", table: "projects", read: (*call).projects,
		missing: notFound("Project not found", "Fetch project %q: Project not found"),
		blank:   func(before project) project { return project{Description: before.Description} },
		create:  (*call).createProject, change: (*call).changeProject, remove: (*call).removeProject}.routes()
}

type project struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
	UsedBy      []string          `json:"used_by"`

	id int64
}

func (v project) key() (int64, string) { return v.id, v.Name }

func (v project) tag() any { return []any{v.Description, v.Config} }

// projectDefaults are the features that the server adds to a new project that does not name them.
var projectDefaults = []string{"features.images", "features.profiles", "features.storage.volumes",
	"features.storage.buckets"}

// project is the number of a project; one that is not there is refused.
func (t *tx) project(name, prefix string) int64 {
	id := t.number("SELECT id FROM projects WHERE name=?", name)
	if id == 0 {
		t.refuse(fail(http.StatusNotFound, "%sProject not found", prefix))
	}
	return id
}

// featureProject is the project whose objects the call's project uses: itself when it has the feature, otherwise
// default.
func (c *call) featureProject(feature, prefix string) int64 {
	if id := c.tx.project(c.project(), fmt.Sprintf(prefix, c.project())); c.tx.feature(id, feature) {
		return id
	}
	return 1
}

// The projects in which a call finds the objects of a kind.
func (c *call) networkProject() int64 {
	return c.featureProject("features.networks", "Failed to load project %q: ")
}

// zoneProject is the one in which zones are.
func (c *call) zoneProject() int64 {
	if id := c.tx.project(c.project(), ""); c.tx.feature(id, "features.networks.zones") {
		return id
	}
	return c.networkProject()
}

// everywhere reports whether the call asks for the objects of all projects.
func (c *call) everywhere() bool { return c.query("all-projects") == "true" }

func (c *call) profileProject() int64 { return c.featureProject("features.profiles", loadingProject) }

func (c *call) imageProject() int64 { return c.featureProject("features.images", loadingProject) }

func (c *call) volumeProject() int64 {
	return c.featureProject("features.storage.volumes", loadingProject)
}

func (c *call) instanceProject() int64 { return c.tx.project(c.project(), "") }

const loadingProject = "Failed loading project %q: "

func (t *tx) feature(id int64, feature string) bool {
	value, _ := t.text("SELECT value FROM projects_config WHERE project_id=? AND key=?", id, feature)
	return value == "true"
}

// allowed refuses a member, or a group, that a restricted project keeps its instances from (lxd 5.0.2, measured;
// restricted.cluster.target does not bind who is trusted with everything).
func (t *tx) allowed(project int64, restricted string, in func(group string) bool) error {
	config := t.config("projects_config", "project_id", project)
	groups := names(config["restricted.cluster.groups"])
	if config["restricted"] == "true" && len(groups) > 0 && !slices.ContainsFunc(groups, in) {
		return fail(http.StatusForbidden, "Project isn't allowed to use this cluster %s", restricted)
	}
	return nil
}

func (c *call) projects(name string) []project {
	return each(c.tx, func(id int64, row []string) project {
		return project{id: id, Name: row[0], Description: row[1], Config: c.tx.config("projects_config", "project_id", id),
			UsedBy: append([]string{}, c.tx.users("project", "id", id, "query", inProject("", row[0]),
				"target", withQuery(inProject("", row[0]), "target="))...)}
	}, "SELECT id,name,description FROM projects WHERE ? IN ('',name) ORDER BY name", name)
}

func (c *call) createProject(body project) error {
	if err := checkProjectName(body.Name); err != nil {
		return err
	}
	config := overlay(body.Config, nil)
	for _, feature := range c.tx.features(projectDefaults) {
		if _, given := config[feature]; !given {
			config[feature] = "true"
		}
	}
	if err := c.tx.checkProject(config); err != nil {
		return err
	}
	if c.tx.number("SELECT count(*) FROM projects WHERE name=?", body.Name) > 0 {
		return fail(http.StatusConflict,
			"Failed creating project %q: Failed adding database record: This \"projects\" entry already exists", body.Name)
	}
	id := c.tx.insert("projects (name,description)", body.Name, body.Description)
	c.tx.putConfig("projects_config", "project_id", id, config)
	if config["features.profiles"] == "true" {
		c.tx.addDefaultProfile(id, body.Name)
	}
	return nil
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

var projectFeatures = []string{"features.images", "features.networks", "features.profiles", "features.storage.volumes",
	"features.storage.buckets", "features.networks.zones"}

// features are those that the server has.
func (t *tx) features(all []string) []string {
	since := map[string]string{"features.storage.buckets": "storage_buckets",
		"features.networks.zones": "network_zones_all_projects"}
	return slices.DeleteFunc(slices.Clone(all), func(f string) bool { return since[f] != "" && !t.server.Has(since[f]) })
}

// checkProject refuses unknown keys and wrong values.
func (t *tx) checkProject(config map[string]string) error {
	for _, key := range sortedKeys(config) {
		value := config[key]
		var err error
		switch {
		case slices.Contains(t.features(projectFeatures), key):
			if value != "" && checkBool(value) != nil {
				err = fmt.Errorf("Invalid value for a boolean %q", value)
			}
		case slices.Contains([]string{"limits.containers", "limits.virtual-machines", "limits.instances", "limits.networks",
			"limits.processes", "limits.cpu"}, key):
			if _, e := strconv.ParseUint(value, 10, 32); e != nil && value != "" {
				err = fmt.Errorf("Invalid value for uint32 %q: %w", value, e)
			}
		case strings.HasPrefix(key, "user."), strings.HasPrefix(key, "restricted"), strings.HasPrefix(key, "limits."),
			strings.HasPrefix(key, "backups."), strings.HasPrefix(key, "images."),
			listedFor(*t.server, schema.KindProject, "", key):
		default:
			return strange(http.StatusBadRequest, "Invalid project configuration key %q", key)
		}
		if err != nil {
			return fail(http.StatusBadRequest, "Invalid project configuration key %q value: %v", key, err)
		}
	}
	if profiles := config["features.profiles"]; schema.IsTrue(config["restricted"]) && profiles != "" &&
		!schema.IsTrue(profiles) {
		return fail(http.StatusBadRequest, "Projects without their own profiles cannot be restricted")
	}
	return nil
}

// changeProject replaces description and configuration; a PATCH keeps the one that it does not name.
func (c *call) changeProject(before, body project) error {
	config := body.Config
	if c.Method == http.MethodPatch && (config == nil || c.world.server.Does("merges", c.name())) {
		config = overlay(before.Config, config)
	}
	if err := c.changeFeatures(before, config); err != nil {
		return err
	}
	if err := c.tx.checkProject(config); err != nil {
		return err
	}
	if err := c.roomFor(before, config); err != nil {
		return err
	}
	c.tx.exec("UPDATE projects SET description=? WHERE id=?", body.Description, before.id)
	c.tx.putConfig("projects_config", "project_id", before.id, config)
	return nil
}

// changeFeatures refuses what cannot be changed, and makes or deletes the project's own default profile.
func (c *call) changeFeatures(before project, config map[string]string) error {
	for _, feature := range c.tx.features(projectFeatures) {
		switch {
		case config[feature] == before.Config[feature]:
		case before.Name == "default":
			return fail(http.StatusBadRequest, "You can't change the features of the default project")
		case before.inUse() && before.Config[feature] != "":
			done := map[bool]string{true: "disabled", false: "enabled"}[before.Config[feature] == "true"]
			return fail(http.StatusBadRequest, "Project feature %q cannot be %s on non-empty projects", feature, done)
		case feature == "features.profiles" && config[feature] == "true":
			c.tx.addDefaultProfile(before.id, before.Name)
		case feature == "features.profiles":
			if _, deleted := c.tx.exec("DELETE FROM profiles WHERE project_id=? AND name='default'", before.id); deleted == 0 {
				return fail(http.StatusNotFound, "Delete project default profile: Profile not found")
			}
		}
	}
	return nil
}

func (t *tx) addDefaultProfile(project int64, name string) {
	t.insert("profiles (name,description,project_id)", "default",
		"Default "+t.server.Product.Title()+" profile for project "+name, project)
}

// inUse reports whether anything but its own default profile lives in the project.
func (v project) inUse() bool {
	return slices.ContainsFunc(v.UsedBy,
		func(path string) bool { return !strings.HasPrefix(path, "/1.0/profiles/default") })
}

func (c *call) removeProject(v project) error {
	switch {
	case v.Name == "default":
		return fail(http.StatusForbidden, "The 'default' project cannot be deleted")
	case v.inUse():
		return fail(http.StatusBadRequest, "Only empty projects can be removed")
	}
	return nil
}
