package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

func profileRoutes() []route {
	return kind[profile]{path: "/1.0/profiles", table: "profiles", read: (*call).profiles,
		missing: notFound("Fetch profile: Profile not found", "Profile not found"), blank: func(before profile) profile {
			return profile{Description: before.Description, Config: overlay(before.Config, nil),
				Devices: overlay(before.Devices, nil)}
		},
		create: (*call).createProfile, change: (*call).changeProfile, remove: (*call).removeProfile,
	}.routes()
}

type profile struct {
	Name        string                       `json:"name"`
	Description string                       `json:"description"`
	Config      map[string]string            `json:"config"`
	Devices     map[string]map[string]string `json:"devices"`
	UsedBy      []string                     `json:"used_by"`

	id int64
}

func (v profile) key() (int64, string) { return v.id, v.Name }

func (v profile) tag() any { return []any{v.Config, v.Description, v.Devices} }

func (c *call) profiles(name string) []profile {
	project := c.profileProject()
	return each(c.tx, func(id int64, row []string) profile {
		return profile{id: id, Name: row[0], Description: row[1], Config: c.tx.config("profiles_config", "profile_id", id),
			Devices: c.tx.devices("profiles", "profile", id), UsedBy: append([]string{}, c.tx.users("profile", "id", id)...)}
	}, "SELECT id,name,description FROM profiles WHERE (? OR project_id=?) AND ? IN ('',name) ORDER BY name",
		c.everywhere(), project, name)
}

func (t *tx) profileID(project int64, name string) int64 {
	return t.number("SELECT id FROM profiles WHERE project_id=? AND name=?", project, name)
}

func (c *call) createProfile(body profile) error {
	project := c.profileProject()
	switch {
	case body.Name == "":
		return fail(http.StatusBadRequest, "No name provided")
	case strings.Contains(body.Name, "/"):
		return fail(http.StatusBadRequest, "Profile names may not contain slashes")
	case body.Name == "." || body.Name == "..":
		return fail(http.StatusBadRequest, "Invalid profile name %q", body.Name)
	}
	if err := c.checkProfile(body); err != nil {
		return err
	}
	if c.tx.profileID(project, body.Name) != 0 {
		return fmt.Errorf("Error inserting %q into database: The profile already exists", body.Name)
	}
	c.tx.storeProfile(c.tx.insert("profiles (name,description,project_id)", body.Name, body.Description, project), body)
	return nil
}

func (t *tx) storeProfile(id int64, body profile) {
	t.putConfig("profiles_config", "profile_id", id, body.Config)
	t.putDevices("profiles", "profile", id, body.Devices)
}

// checkProfile refuses what the daemon refuses of configuration and devices.
func (c *call) checkProfile(body profile) error {
	for _, key := range sortedKeys(body.Config) {
		if kind, _, _ := strings.Cut(key, "."); kind == "volatile" || kind == "image" {
			return fail(http.StatusBadRequest, "%s keys can only be set on instances", strings.ToUpper(kind[:1])+kind[1:])
		}
	}
	if err := checkInstanceConfig(c.world.server, body.Config); err != nil {
		return fail(http.StatusBadRequest, "%v", err)
	}
	if err := c.checkDevices(body.Devices); err != nil {
		return fail(http.StatusBadRequest, "%v", err)
	}
	return nil
}

// changeProfile replaces everything; a PATCH lays keys and whole devices over what is there, and never touches the
// description unless it names one.
func (c *call) changeProfile(before, body profile) error {
	if err := c.checkProfile(body); err != nil {
		return err
	}
	c.tx.exec("UPDATE profiles SET description=? WHERE id=?", body.Description, before.id)
	c.tx.storeProfile(before.id, body)
	return c.tx.stranded(before.id, 0)
}

func (c *call) removeProfile(v profile) error {
	switch {
	case v.Name == "default":
		return fail(http.StatusForbidden, "The \"default\" profile cannot be deleted")
	case len(v.UsedBy) > 0:
		return fail(http.StatusBadRequest, "Profile is currently in use")
	}
	return nil
}
