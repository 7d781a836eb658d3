package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

func aclRoutes() []route {
	return kind[acl]{path: "/1.0/network-acls", table: "networks_acls", read: (*call).acls,
		missing: notFound("Network ACL not found"),
		blank:   func(before acl) acl { return acl{Config: overlay(before.Config, nil)} },
		create:  (*call).createACL, change: (*call).changeACL, remove: (*call).removeACL,
	}.routes()
}

type acl struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Config      map[string]string `json:"config"`
	Ingress     []aclRule         `json:"ingress"`
	Egress      []aclRule         `json:"egress"`
	UsedBy      []string          `json:"used_by"`

	id int64
}

func (v acl) key() (int64, string) { return v.id, v.Name }

func (v acl) tag() any { return []any{v.Name, v.Description, v.Config, v.Ingress, v.Egress} }

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

func (c *call) acls(name string) []acl {
	project := c.networkProject()
	return each(c.tx, func(id int64, row []string) acl {
		return acl{id: id, Name: row[0], Description: row[1], Config: c.tx.config("networks_acls_config", "network_acl_id",
			id),
			Ingress: listFrom(c.tx, row[2], []aclRule{}), Egress: listFrom(c.tx, row[3], []aclRule{}),
			UsedBy: c.tx.networksWith(project, row[0], "security.acls")}
	}, "SELECT id,name,description,ingress,egress FROM networks_acls WHERE project_id=? AND ? IN ('',name) ORDER BY id",
		project, name)
}

// hasACL reports whether the project has an ACL of that name.
func (t *tx) hasACL(project int64, name string) bool {
	return t.number("SELECT count(*) FROM networks_acls WHERE project_id=? AND name=?", project, name) > 0
}

// networksWith are the paths of the project's networks that name it in one of these keys.
func (t *tx) networksWith(project int64, name string, keys ...string) []string {
	users := []string{}
	for _, row := range t.rows(`SELECT n.name,p.name,c.key,c.value FROM networks_config c JOIN networks n ON n.id=c.network_id
		JOIN projects p ON p.id=n.project_id WHERE n.project_id=? ORDER BY n.id,c.key`, project) {
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

func (c *call) createACL(body acl) error {
	project := c.networkProject()
	if c.tx.hasACL(project, body.Name) {
		return fail(http.StatusBadRequest, "The network ACL already exists")
	}
	if err := checkACLName(body.Name); err != nil {
		return err
	}
	if err := c.checkACL(project, body); err != nil {
		return err
	}
	id := c.tx.insert("networks_acls (project_id,name,description,ingress,egress)",
		project, body.Name, body.Description, listText(body.Ingress), listText(body.Egress))
	c.tx.putConfig("networks_acls_config", "network_acl_id", id, body.Config)
	return nil
}

// changeACL replaces everything; a PATCH keeps the configuration's other keys, and nothing else (measured).
func (c *call) changeACL(before, body acl) error {
	project := c.networkProject()
	if err := c.checkACL(project, body); err != nil {
		return err
	}
	c.tx.exec("UPDATE networks_acls SET description=?,ingress=?,egress=? WHERE id=?",
		body.Description, listText(body.Ingress), listText(body.Egress), before.id)
	c.tx.putConfig("networks_acls_config", "network_acl_id", before.id, body.Config)
	return nil
}

func (c *call) removeACL(v acl) error {
	if len(v.UsedBy) > 0 {
		return errors.New("Cannot delete an ACL that is in use")
	}
	return nil
}
