package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// addressSets is the extension of servers that have sets of addresses, which rules of ACLs name with a dollar
// (incus 7.0.1, internal/server/network/address-set).
const addressSets = "network_address_set"

func addressSetRoutes() []route {
	return kind[addressSet]{path: "/1.0/network-address-sets", table: "networks_address_sets", read: (*call).addressSets,
		missing: notFound("Network_address_set not found"), blank: func(before addressSet) addressSet {
			return addressSet{Description: before.Description, Addresses: before.Addresses, Config: overlay(before.Config, nil)}
		},
		create: (*call).createAddressSet, change: (*call).changeAddressSet, remove: (*call).removeAddressSet}.routes()
}

type addressSet struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Addresses   []string          `json:"addresses"`
	Config      map[string]string `json:"config"`
	Project     string            `json:"project"`
	UsedBy      []string          `json:"used_by"`

	id int64
}

func (v addressSet) key() (int64, string) { return v.id, v.Name }

func (v addressSet) tag() any { return []any{v.Name, v.Description, v.Addresses, v.Config} }

func (c *call) addressSets(name string) []addressSet {
	return each(c.tx, func(id int64, row []string) addressSet {
		return addressSet{id: id, Name: row[0], Description: row[1], Addresses: listFrom(c.tx, row[2], []string{}),
			Config: c.tx.config("networks_address_sets_config", "network_address_set_id", id), Project: row[3],
			UsedBy: c.tx.aclsWith(row[3], "$"+row[0])}
	}, `SELECT s.id,s.name,s.description,s.addresses,p.name FROM networks_address_sets s
		JOIN projects p ON p.id=s.project_id WHERE (? OR s.project_id=?) AND ? IN ('',s.name) ORDER BY s.id`,
		c.everywhere(), c.networkProject(), name)
}

// aclsWith are the paths of the project's ACLs with a rule that names the subject.
func (t *tx) aclsWith(project, subject string) []string {
	users := []string{}
	for _, row := range t.rows(`SELECT DISTINCT a.name,r.value->>'source',r.value->>'destination' FROM networks_acls a
		JOIN projects p ON p.id=a.project_id, json_each(json_array(json(nullif(a.ingress,'')),json(nullif(a.egress,'')))) d,
		json_each(d.value) r
		WHERE p.name=? ORDER BY a.id`, project) {
		path := inProject("/1.0/network-acls/"+row[0], project)
		if list := names(row[1] + "," + row[2]); slices.Contains(list, subject) && !slices.Contains(users, path) {
			users = append(users, path)
		}
	}
	return users
}

func (c *call) createAddressSet(body addressSet) error {
	project := c.networkProject()
	if c.tx.number("SELECT count(*) FROM networks_address_sets WHERE project_id=? AND name=?", project, body.Name) > 0 {
		return fail(http.StatusBadRequest, "The network address set already exists")
	}
	id := c.tx.insert("networks_address_sets (project_id,name,addresses)", project, body.Name, "")
	return c.tx.storeAddressSet(id, body)
}

func (c *call) changeAddressSet(before, body addressSet) error {
	return c.tx.storeAddressSet(before.id, body)
}

func (c *call) removeAddressSet(v addressSet) error {
	if len(v.UsedBy) > 0 {
		return errors.New("Cannot delete address set that is in use")
	}
	return nil
}

// storeAddressSet refuses what is no address, subnet or range, and what is there twice.
func (t *tx) storeAddressSet(id int64, body addressSet) error {
	for i, address := range body.Addresses {
		switch {
		case slices.Contains(body.Addresses[:i], address):
			return fmt.Errorf("Invalid addresses: Duplicate address %q found at index %d", address, i)
		case !isAddresses(address):
			return fmt.Errorf("Invalid addresses: Unsupported address format %q at index %d", address, i)
		}
	}
	for _, key := range sortedKeys(body.Config) {
		if !strings.HasPrefix(key, "user.") {
			return fmt.Errorf("Invalid network integration configuration key %q", key)
		}
	}
	t.exec("UPDATE networks_address_sets SET description=?,addresses=? WHERE id=?", body.Description,
		listText(body.Addresses), id)
	t.putConfig("networks_address_sets_config", "network_address_set_id", id, body.Config)
	return nil
}
