package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

func zoneRoutes() []route {
	return kind[zone]{path: "/1.0/network-zones", table: "networks_zones", read: (*call).zones,
		missing: notFound("Network zone not found"), blank: func(zone) zone { return zone{} },
		create: (*call).createZone, change: (*call).changeZone, remove: (*call).removeZone}.routes()
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
	project := c.zoneProject()
	return each(c.tx, func(id int64, row []string) zone {
		return zone{id: id, Name: row[0], Description: row[1], UsedBy: c.tx.networksWith(project, row[0], zoneKeys...),
			Config: c.tx.config("networks_zones_config", "network_zone_id", id)}
	}, "SELECT id,name,description FROM networks_zones WHERE (? OR project_id=?) AND ? IN ('',name) ORDER BY id",
		c.everywhere(), project, name)
}

// createZone makes a zone. Its name is unique among all projects.
func (c *call) createZone(body zone) error {
	project := c.zoneProject()
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
	if err := c.reachPeers("/1.0/network-zones/" + before.Name + "?project=" + c.project()); err != nil {
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
				return strange(http.StatusInternalServerError, "Invalid network zone configuration key %q", key)
			}
			if !slices.Contains([]string{"address", "key"}, parts[2]) {
				return strange(http.StatusInternalServerError, "Invalid config option %q", key)
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

func recordRoutes() []route {
	return kind[record]{path: "/1.0/network-zones/{zone}/records", table: "networks_zones_records",
		read: (*call).records, missing: notFound("Network zone record not found"),
		blank: func(record) record { return record{} }, create: (*call).createRecord, change: (*call).changeRecord}.routes()
}

type record struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Entries     []recordEntry     `json:"entries"`
	Config      map[string]string `json:"config"`

	id int64
}

// recordEntry is an entry in the order of fields that the database has (lxd 5.0.2, shared/api/network_zone.go).
type recordEntry struct {
	Type  string `json:"type"`
	TTL   uint64 `json:"ttl,omitempty"`
	Value string `json:"value"`
}

func (v record) key() (int64, string) { return v.id, v.Name }

func (v record) tag() any { return []any{v.Name, v.Description, v.Config, v.Entries} }

// recordZone is the number of the zone that the path names.
func (c *call) recordZone() int64 {
	if zones := c.zones(c.params["zone"]); len(zones) > 0 {
		return zones[0].id
	}
	c.tx.refuse(fail(http.StatusNotFound, "Network zone not found"))
	return 0
}

func (c *call) records(name string) []record {
	zone := c.recordZone()
	return each(c.tx, func(id int64, row []string) record {
		return record{id: id, Name: row[0], Description: row[1], Entries: listFrom[recordEntry](c.tx, row[2], nil),
			Config: c.tx.config("networks_zones_records_config", "network_zone_record_id", id)}
	}, `SELECT id,name,description,entries FROM networks_zones_records
		WHERE network_zone_id=? AND ? IN ('',name) ORDER BY name`, zone, name)
}

// createRecord makes a record. LXD 5.0.2 has room for one of a name in all zones together, and says so in SQLite's
// words.
func (c *call) createRecord(body record) error {
	zone := c.recordZone()
	if err := checkRecord(body); err != nil {
		return err
	}
	if c.tx.number("SELECT count(*) FROM networks_zones_records WHERE name=?", body.Name) > 0 {
		return errors.New("UNIQUE constraint failed: networks_zones_records.name")
	}
	id := c.tx.insert("networks_zones_records (network_zone_id,name,description,entries)",
		zone, body.Name, body.Description, entriesText(body.Entries))
	c.tx.putConfig("networks_zones_records_config", "network_zone_record_id", id, body.Config)
	return nil
}

// entriesText is null where there are none, unlike [listText].
func entriesText(entries []recordEntry) string {
	text, _ := json.Marshal(entries) // plain data always marshals
	return string(text)
}

func (c *call) changeRecord(before, body record) (err error) {
	if body.Config, err = c.patched(before.Config, body.Config); err != nil {
		return err
	}
	if err := checkRecord(body); err != nil {
		return err
	}
	c.tx.exec("UPDATE networks_zones_records SET description=?,entries=? WHERE id=?",
		body.Description, entriesText(body.Entries), before.id)
	c.tx.putConfig("networks_zones_records_config", "network_zone_record_id", before.id, body.Config)
	return nil
}

// recordTypes are the usual types of DNS records.
var recordTypes = []string{"A", "AAAA", "CAA", "CNAME", "DNAME", "DS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF",
	"SRV", "SSHFP", "TLSA", "TXT", "URI"}

// checkRecord refuses unknown types, and addresses that are none. The places are those in the line that LXD gives its
// DNS library.
func checkRecord(body record) error {
	if err := checkUserKeys(body.Config); err != nil {
		return err
	}
	for i, e := range body.Entries {
		ttl := e.TTL
		if ttl == 0 {
			ttl = 300
		}
		line := fmt.Sprintf("record %d IN %s", ttl, e.Type)
		address, err := netip.ParseAddr(e.Value)
		switch {
		case !slices.Contains(recordTypes, e.Type):
			return fmt.Errorf("Bad zone record entry: dns: unknown RR type: %q at line: 1:%d", e.Type, len(line)+1)
		case e.Type == "A" && !address.Is4(), e.Type == "AAAA" && !address.Is6():
			shown := e.Value
			if err != nil && shown == "" {
				shown = "\n"
			}
			return fmt.Errorf("Bad zone record entry: dns: bad %s %s: %q at line: 1:%d", e.Type, e.Type, shown,
				len(line)+1+len(e.Value))
		}
		for _, other := range body.Entries[:i] {
			if other.Type == e.Type && other.Value == e.Value {
				return fmt.Errorf("Duplicate record for type %q and value %q", e.Type, e.Value)
			}
		}
	}
	return nil
}
