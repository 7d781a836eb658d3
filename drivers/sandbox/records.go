package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
)

func recordRoutes() []route {
	return []route{
		{"GET", "/1.0/network-zones/{zone}/records", trustClient, locked, recordsGet},
		{"POST", "/1.0/network-zones/{zone}/records", trustClient, locked, recordsPost},
		{"GET", "/1.0/network-zones/{zone}/records/{name}", trustClient, locked, recordGet},
		{"PUT", "/1.0/network-zones/{zone}/records/{name}", trustClient, locked, recordChange},
		{"PATCH", "/1.0/network-zones/{zone}/records/{name}", trustClient, locked, recordChange},
		{"DELETE", "/1.0/network-zones/{zone}/records/{name}", trustClient, locked, recordDelete},
	}
}

type recordView struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Entries     []recordEntry     `json:"entries"`
	Config      map[string]string `json:"config"`
}

// recordEntry is an entry in the order of fields that the database has (lxd 5.0.2, shared/api/network_zone.go).
type recordEntry struct {
	Type  string `json:"type"`
	TTL   uint64 `json:"ttl,omitempty"`
	Value string `json:"value"`
}

func (v recordView) tag() any { return []any{v.Name, v.Description, v.Config, v.Entries} }

func (c *call) viewRecord(zone int64, name string) (recordView, int64, error) {
	row := c.tx.row("SELECT id,name,description,entries FROM networks_zones_records WHERE network_zone_id=? AND name=?", zone, name)
	if row == nil {
		return recordView{}, 0, fail(http.StatusNotFound, "Network zone record not found")
	}
	id, err := strconv.ParseInt(row[0], 10, 64)
	view := recordView{Name: row[1], Description: row[2], Config: c.tx.config("networks_zones_records_config", "network_zone_record_id", id)}
	return view, id, errors.Join(err, listFrom(row[3], &view.Entries))
}

func recordsGet(c *call) (reply, error) {
	_, zone, err := c.zone("zone")
	if err != nil {
		return reply{}, err
	}
	records := c.tx.column("SELECT name FROM networks_zones_records WHERE network_zone_id=? ORDER BY name", zone)
	return list(c, "network-zones/"+c.params["zone"]+"/records", records, func(name string) recordView {
		view, _, err := c.viewRecord(zone, name)
		c.tx.note(err, "reading a record")
		return view
	})
}

// record is the one that the path names.
func (c *call) record() (recordView, int64, error) {
	_, zone, err := c.zone("zone")
	if err != nil {
		return recordView{}, 0, err
	}
	return c.viewRecord(zone, c.params["name"])
}

func recordGet(c *call) (reply, error) {
	view, _, err := c.record()
	return reply{metadata: view, etag: view.tag()}, err
}

// recordsPost makes a record. LXD 5.0.2 has room for one of a name in all zones together, and says so in SQLite's words.
func recordsPost(c *call) (reply, error) {
	_, zone, err := c.zone("zone")
	if err != nil {
		return reply{}, err
	}
	var body recordView
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if err := checkRecord(body); err != nil {
		return reply{}, err
	}
	if c.tx.number("SELECT count(*) FROM networks_zones_records WHERE name=?", body.Name) > 0 {
		return reply{}, errors.New("UNIQUE constraint failed: networks_zones_records.name")
	}
	id, _ := c.tx.exec("INSERT INTO networks_zones_records (network_zone_id,name,description,entries) VALUES (?,?,?,?)",
		zone, body.Name, body.Description, entriesText(body.Entries))
	c.tx.putConfig("networks_zones_records_config", "network_zone_record_id", id, body.Config)
	return created("/1.0/network-zones/" + c.params["zone"] + "/records/" + body.Name)
}

// entriesText is null where there are none, unlike [listText].
func entriesText(entries []recordEntry) string {
	text, _ := json.Marshal(entries) // plain data always marshals
	return string(text)
}

// recordChange replaces everything; a PATCH keeps the configuration's other keys, and breaks the connection without any.
func recordChange(c *call) (reply, error) {
	before, id, err := c.record()
	if err != nil {
		return reply{}, err
	}
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	var body recordView
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch {
		if body.Config == nil {
			return reply{}, errBroken
		}
		body.Config = overlay(before.Config, body.Config)
	}
	if err := checkRecord(body); err != nil {
		return reply{}, err
	}
	c.tx.exec("UPDATE networks_zones_records SET description=?,entries=? WHERE id=?", body.Description, entriesText(body.Entries), id)
	c.tx.putConfig("networks_zones_records_config", "network_zone_record_id", id, body.Config)
	return done()
}

func recordDelete(c *call) (reply, error) {
	_, id, err := c.record()
	if err != nil {
		return reply{}, err
	}
	c.tx.exec("DELETE FROM networks_zones_records WHERE id=?", id)
	return done()
}

// recordTypes are the usual types of DNS records.
var recordTypes = []string{"A", "AAAA", "CAA", "CNAME", "DNAME", "DS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "TLSA", "TXT", "URI"}

// checkRecord refuses unknown types, and addresses that are none. The places are those in the line that LXD gives its
// DNS library.
func checkRecord(body recordView) error {
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
			return fmt.Errorf("Bad zone record entry: dns: bad %s %s: %q at line: 1:%d", e.Type, e.Type, shown, len(line)+1+len(e.Value))
		}
		for _, other := range body.Entries[:i] {
			if other.Type == e.Type && other.Value == e.Value {
				return fmt.Errorf("Duplicate record for type %q and value %q", e.Type, e.Value)
			}
		}
	}
	return nil
}
