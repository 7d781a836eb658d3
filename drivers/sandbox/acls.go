package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func aclRoutes() []route {
	return []route{
		{"GET", "/1.0/network-acls", trustClient, locked, aclsGet},
		{"POST", "/1.0/network-acls", trustClient, locked, aclsPost},
		{"GET", "/1.0/network-acls/{name}", trustClient, locked, aclGet},
		{"PUT", "/1.0/network-acls/{name}", trustClient, locked, aclChange},
		{"PATCH", "/1.0/network-acls/{name}", trustClient, locked, aclChange},
		{"POST", "/1.0/network-acls/{name}", trustClient, locked, aclRename},
		{"DELETE", "/1.0/network-acls/{name}", trustClient, locked, aclDelete},
	}
}

type aclBody struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
	Ingress     []aclRule         `json:"ingress"`
	Egress      []aclRule         `json:"egress"`
}

// aclRule is a rule in the order of fields that the database has (lxd 5.0.2, shared/api/network_acl.go).
type aclRule struct {
	Action          string `json:"action"`
	Source          string `json:"source,omitempty"`
	Destination     string `json:"destination,omitempty"`
	Protocol        string `json:"protocol,omitempty"`
	SourcePort      string `json:"source_port,omitempty"`
	DestinationPort string `json:"destination_port,omitempty"`
	ICMPType        string `json:"icmp_type,omitempty"`
	ICMPCode        string `json:"icmp_code,omitempty"`
	Description     string `json:"description,omitempty"`
	State           string `json:"state"`
}

type aclView struct {
	aclBody
	UsedBy []string `json:"used_by"`
}

func (v aclView) tag() any { return []any{v.Name, v.Description, v.Config, v.Ingress, v.Egress} }

func (c *call) viewACL(project int64, name string) (aclView, int64, error) {
	row := c.tx.row("SELECT id,name,description,ingress,egress FROM networks_acls WHERE project_id=? AND name=?", project, name)
	if row == nil {
		return aclView{}, 0, fail(http.StatusNotFound, "Network ACL not found")
	}
	id, err := strconv.ParseInt(row[0], 10, 64)
	if err != nil {
		return aclView{}, 0, err
	}
	view := aclView{aclBody: aclBody{Name: row[1], Description: row[2], Config: c.tx.config("networks_acls_config", "network_acl_id", id),
		Ingress: []aclRule{}, Egress: []aclRule{}}, UsedBy: c.tx.networksWith(project, name, "security.acls")}
	return view, id, errors.Join(listFrom(row[3], &view.Ingress), listFrom(row[4], &view.Egress))
}

// listFrom reads a list that the database has as JSON, or as nothing where none was given.
func listFrom[T any](text string, into *[]T) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), into)
}

// listText is its opposite.
func listText[T any](list []T) string {
	if list == nil {
		return ""
	}
	text, _ := json.Marshal(list) // plain data always marshals
	return string(text)
}

// networksWith are the paths of the project's networks that name it in one of these keys.
func (t *tx) networksWith(project int64, name string, keys ...string) []string {
	users := []string{}
	for _, row := range t.rows("SELECT n.name,p.name,c.key,c.value FROM networks_config c JOIN networks n ON n.id=c.network_id JOIN projects p ON p.id=n.project_id WHERE n.project_id=? ORDER BY n.id,c.key", project) {
		path := inProject("/1.0/networks/"+row[0], row[1])
		if slices.Contains(keys, row[2]) && slices.Contains(names(row[3]), name) && !slices.Contains(users, path) {
			users = append(users, path)
		}
	}
	return users
}

// names parts a list with commas.
func names(list string) []string {
	var out []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func aclsGet(c *call) (reply, error) {
	project, err := c.networkProject()
	if err != nil {
		return reply{}, err
	}
	return list(c, "network-acls", c.tx.column("SELECT name FROM networks_acls WHERE project_id=? ORDER BY id", project), func(name string) aclView {
		view, _, err := c.viewACL(project, name)
		c.tx.note(err, "reading an ACL")
		return view
	})
}

// acl is the one that the path names.
func (c *call) acl() (aclView, int64, error) {
	project, err := c.networkProject()
	if err != nil {
		return aclView{}, 0, err
	}
	return c.viewACL(project, c.params["name"])
}

func aclGet(c *call) (reply, error) {
	view, _, err := c.acl()
	return reply{metadata: view, etag: view.tag()}, err
}

func aclsPost(c *call) (reply, error) {
	project, err := c.networkProject()
	if err != nil {
		return reply{}, err
	}
	var body aclBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if _, id, _ := c.viewACL(project, body.Name); id != 0 {
		return reply{}, fail(http.StatusBadRequest, "The network ACL already exists")
	}
	if err := checkACLName(body.Name); err != nil {
		return reply{}, err
	}
	if err := c.checkACL(project, body); err != nil {
		return reply{}, err
	}
	id, _ := c.tx.exec("INSERT INTO networks_acls (project_id,name,description,ingress,egress) VALUES (?,?,?,?,?)",
		project, body.Name, body.Description, listText(body.Ingress), listText(body.Egress))
	c.tx.putConfig("networks_acls_config", "network_acl_id", id, body.Config)
	return created("/1.0/network-acls/" + body.Name)
}

// aclChange replaces everything; a PATCH keeps the configuration's other keys, and nothing else (measured).
func aclChange(c *call) (reply, error) {
	before, id, err := c.acl()
	if err != nil {
		return reply{}, err
	}
	if err := c.checkETag(before.tag()); err != nil {
		return reply{}, err
	}
	var body aclBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPatch {
		body.Config = overlay(before.Config, body.Config)
	}
	project, err := c.networkProject()
	if err != nil {
		return reply{}, err
	}
	if err := c.checkACL(project, body); err != nil {
		return reply{}, err
	}
	c.tx.exec("UPDATE networks_acls SET description=?,ingress=?,egress=? WHERE id=?", body.Description, listText(body.Ingress), listText(body.Egress), id)
	c.tx.putConfig("networks_acls_config", "network_acl_id", id, body.Config)
	return done()
}

func aclRename(c *call) (reply, error) {
	var body aclBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	view, id, err := c.acl()
	if err != nil {
		return reply{}, err
	}
	project, err := c.networkProject()
	if err != nil {
		return reply{}, err
	}
	if _, other, _ := c.viewACL(project, body.Name); other != 0 {
		return reply{}, errors.New("An ACL by that name exists already")
	}
	if len(view.UsedBy) > 0 {
		return reply{}, errors.New("Cannot rename an ACL that is in use")
	}
	if err := checkACLName(body.Name); err != nil {
		return reply{}, err
	}
	c.tx.exec("UPDATE networks_acls SET name=? WHERE id=?", body.Name, id)
	return created("/1.0/network-acls/" + body.Name)
}

func aclDelete(c *call) (reply, error) {
	view, id, err := c.acl()
	if err != nil {
		return reply{}, err
	}
	if len(view.UsedBy) > 0 {
		return reply{}, errors.New("Cannot delete an ACL that is in use")
	}
	c.tx.exec("DELETE FROM networks_acls WHERE id=?", id)
	return done()
}

// checkUserKeys refuses keys that nobody knows.
func checkUserKeys(config map[string]string) error {
	for _, key := range sortedKeys(config) {
		if !strings.HasPrefix(key, "user.") {
			return fmt.Errorf("Invalid config option %q", key)
		}
	}
	return nil
}
