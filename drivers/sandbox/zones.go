package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

func zoneRoutes() []route {
	return kind[zone]{path: "/1.0/network-zones", table: "networks_zones", read: (*call).zones,
		missing: notFound("Network zone not found"),
		blank:   func(zone) zone { return zone{} },
		create:  (*call).createZone, change: (*call).changeZone, remove: (*call).removeZone,
	}.routes()
}

type zone struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
	UsedBy      []string          `json:"used_by"`

	id int64
}

func (v zone) key() (int64, string) { return v.id, v.Name }

func (v zone) tag() any { return []any{v.Name, v.Description, v.Config} }

// zoneKeys are the keys by which a network names its zones.
var zoneKeys = []string{"dns.zone.forward", "dns.zone.reverse.ipv4", "dns.zone.reverse.ipv6"}

func (c *call) zones(name string) []zone {
	project := c.networkProject()
	return each(c.tx, func(id int64, row []string) zone {
		return zone{id: id, Name: row[0], Description: row[1], UsedBy: c.tx.networksWith(project, row[0], zoneKeys...),
			Config: c.tx.config("networks_zones_config", "network_zone_id", id)}
	}, "SELECT id,name,description FROM networks_zones WHERE project_id=? AND ? IN ('',name) ORDER BY id", project, name)
}

// createZone makes a zone. Its name is unique among all projects.
func (c *call) createZone(body zone) error {
	project := c.networkProject()
	switch {
	case c.tx.number("SELECT count(*) FROM networks_zones WHERE name=?", body.Name) > 0:
		return fail(http.StatusBadRequest, "The network zone already exists")
	case body.Name == "":
		return errors.New("Name is required")
	}
	if err := checkZone(body.Config); err != nil {
		return err
	}
	id := c.tx.insert("networks_zones (project_id,name,description)", project, body.Name, body.Description)
	c.tx.putConfig("networks_zones_config", "network_zone_id", id, body.Config)
	return nil
}

func (c *call) changeZone(before, body zone) (err error) {
	if body.Config, err = c.patched(before.Config, body.Config); err != nil {
		return err
	}
	if err := checkZone(body.Config); err != nil {
		return err
	}
	c.tx.exec("UPDATE networks_zones SET description=? WHERE id=?", body.Description, before.id)
	c.tx.putConfig("networks_zones_config", "network_zone_id", before.id, body.Config)
	return nil
}

func (c *call) removeZone(v zone) error {
	if len(v.UsedBy) > 0 {
		return errors.New("Cannot delete a zone that is in use")
	}
	return nil
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
