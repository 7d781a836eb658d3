package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

func zoneRoutes() []route {
	return []route{
		{"GET", "/1.0/network-zones", trustClient, locked, zonesGet},
		{"POST", "/1.0/network-zones", trustClient, locked, zonesPost},
		{"GET", "/1.0/network-zones/{name}", trustClient, locked, zoneGet},
		{"PUT", "/1.0/network-zones/{name}", trustClient, locked, zoneChange},
		{"PATCH", "/1.0/network-zones/{name}", trustClient, locked, zoneChange},
		{"DELETE", "/1.0/network-zones/{name}", trustClient, locked, zoneDelete},
	}
}

type zoneBody struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
}

type zoneView struct {
	zoneBody
	UsedBy []string `json:"used_by"`
}

func (v zoneView) tag() any { return []any{v.Name, v.Description, v.Config} }

// zoneKeys are the keys by which a network names its zones.
var zoneKeys = []string{"dns.zone.forward", "dns.zone.reverse.ipv4", "dns.zone.reverse.ipv6"}

func (c *call) viewZone(project int64, name string) (zoneView, int64, error) {
	row := c.tx.row("SELECT id,name,description FROM networks_zones WHERE project_id=? AND name=?", project, name)
	if row == nil {
		return zoneView{}, 0, fail(http.StatusNotFound, "Network zone not found")
	}
	id, err := strconv.ParseInt(row[0], 10, 64)
	return zoneView{zoneBody: zoneBody{Name: row[1], Description: row[2], Config: c.tx.config("networks_zones_config", "network_zone_id", id)},
		UsedBy: c.tx.networksWith(project, name, zoneKeys...)}, id, err
}

// zone is the one that the path calls by the name of that parameter.
func (c *call) zone(param string) (zoneView, int64, error) {
	project, err := c.networkProject()
	if err != nil {
		return zoneView{}, 0, err
	}
	return c.viewZone(project, c.params[param])
}

func zonesGet(c *call) (reply, error) {
	project, err := c.networkProject()
	if err != nil {
		return reply{}, err
	}
	return list(c, "network-zones", c.tx.column("SELECT name FROM networks_zones WHERE project_id=? ORDER BY id", project), func(name string) zoneView {
		view, _, err := c.viewZone(project, name)
		c.tx.note(err, "reading a zone")
		return view
	})
}

func zoneGet(c *call) (reply, error) {
	view, _, err := c.zone("name")
	return reply{metadata: view, etag: view.tag()}, err
}

// zonesPost makes a zone. Its name is unique among all projects.
func zonesPost(c *call) (reply, error) {
	project, err := c.networkProject()
	if err != nil {
		return reply{}, err
	}
	var body zoneBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if c.tx.number("SELECT count(*) FROM networks_zones WHERE name=?", body.Name) > 0 {
		return reply{}, fail(http.StatusBadRequest, "The network zone already exists")
	}
	if body.Name == "" {
		return reply{}, errors.New("Name is required")
	}
	if err := checkZone(body.Config); err != nil {
		return reply{}, err
	}
	id, _ := c.tx.exec("INSERT INTO networks_zones (project_id,name,description) VALUES (?,?,?)", project, body.Name, body.Description)
	c.tx.putConfig("networks_zones_config", "network_zone_id", id, body.Config)
	return created("/1.0/network-zones/" + body.Name)
}

// zoneChange replaces everything; a PATCH keeps the configuration's other keys. One without any configuration breaks the
// daemon's connection (measured).
func zoneChange(c *call) (reply, error) {
	before, id, err := c.zone("name")
	if err != nil {
		return reply{}, err
	}
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	var body zoneBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch {
		if body.Config == nil {
			return reply{}, errBroken
		}
		body.Config = overlay(before.Config, body.Config)
	}
	if err := checkZone(body.Config); err != nil {
		return reply{}, err
	}
	c.tx.exec("UPDATE networks_zones SET description=? WHERE id=?", body.Description, id)
	c.tx.putConfig("networks_zones_config", "network_zone_id", id, body.Config)
	return done()
}

func zoneDelete(c *call) (reply, error) {
	view, id, err := c.zone("name")
	if err != nil {
		return reply{}, err
	}
	if len(view.UsedBy) > 0 {
		return reply{}, errors.New("Cannot delete a zone that is in use")
	}
	c.tx.exec("DELETE FROM networks_zones WHERE id=?", id)
	return done()
}

// checkZone refuses unknown keys and wrong values.
func checkZone(config map[string]string) error {
	for _, key := range sortedKeys(config) {
		value := config[key]
		var err error
		switch {
		case key == "dns.nameservers", strings.HasPrefix(key, "user."):
		case key == "network.nat":
			if value != "" && checkBool(value) != nil {
				err = fmt.Errorf("Invalid value for a boolean %q", value)
			}
		case strings.HasPrefix(key, "peers."):
			parts := strings.Split(key, ".")
			if len(parts) != 3 {
				return fmt.Errorf("Invalid network zone configuration key %q", key)
			}
			if !slices.Contains([]string{"address", "key"}, parts[2]) {
				return fmt.Errorf("Invalid config option %q", key)
			}
			if _, e := netip.ParseAddr(value); e != nil && value != "" && parts[2] == "address" {
				err = fmt.Errorf("Not an IP address %q", value)
			}
		default:
			return fmt.Errorf("Invalid config option %q", key)
		}
		if err != nil {
			return fmt.Errorf("Invalid value for config option %q: %w", key, err)
		}
	}
	return nil
}
