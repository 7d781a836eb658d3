package sandbox

import (
	"fmt"
	"net/http"
	"slices"
)

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
