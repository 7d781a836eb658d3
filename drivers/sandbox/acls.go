package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func aclRoutes() []route {
	return kind[acl]{path: "/1.0/network-acls", table: "networks_acls", read: (*call).acls,
		missing: notFound("Network ACL not found"),
		blank:   func(before acl) acl { return acl{Config: overlay(before.Config, nil)} }, create: (*call).createACL,
		change: (*call).changeACL, remove: (*call).removeACL}.routes()
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
			id), Ingress: listFrom(c.tx, row[2], []aclRule{}), Egress: listFrom(c.tx, row[3], []aclRule{}),
			UsedBy: c.tx.networksWith(project, row[0], "security.acls")}
	}, "SELECT id,name,description,ingress,egress FROM networks_acls WHERE (? OR project_id=?) AND ? IN ('',name) ORDER BY id",
		c.everywhere(), project, name)
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
	if len(before.UsedBy) > 0 { // every member has a firewall with them
		if err := c.reachPeers("/1.0/network-acls/" + before.Name + "?project=" + c.project()); err != nil {
			return err
		}
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

var aclName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

func checkACLName(name string) error {
	switch {
	case name == "":
		return errors.New("Name is required")
	case strings.ContainsRune("@%#", rune(name[0])):
		return fmt.Errorf("Name cannot start with reserved character %q", name[0])
	case name[0] == '-':
		return errors.New(`Name must not start with "-" character`)
	case name[0] >= '0' && name[0] <= '9':
		return errors.New("Name must not start with a number")
	case !aclName.MatchString(name):
		return errors.New("Name can only contain alphanumeric and hyphen characters")
	}
	return nil
}

// checkACL refuses what the daemon refuses of configuration and rules.
func (c *call) checkACL(project int64, body acl) error {
	if err := checkUserKeys(body.Config); err != nil {
		return err
	}
	known := c.tx.column("SELECT name FROM networks_acls WHERE project_id=?", project)
	if c.world.server.Has(addressSets) {
		known = append(known, c.tx.column("SELECT '$'||name FROM networks_address_sets WHERE project_id=?", project)...)
	}
	bits := 32 // of the number of a port
	if c.world.server.Does("checks ports", c.name()) {
		bits = 16
	}
	for _, d := range []struct {
		direction, named string
		rules            []aclRule
	}{{"ingress", "Source", body.Ingress}, {"egress", "Destination", body.Egress}} {
		for i, rule := range d.rules {
			if err := checkRule(rule, d.direction, d.named, known, bits); err != nil {
				return fmt.Errorf("Invalid %s rule %d: %w", d.direction, i, err)
			}
			if slices.Contains(d.rules[i+1:], rule) {
				return fmt.Errorf("Duplicate of %s rule %d", d.direction, i)
			}
		}
	}
	return nil
}

var (
	ruleActions   = []string{"allow", "drop", "reject"}
	ruleStates    = []string{"enabled", "disabled", "logged"}
	ruleProtocols = []string{"icmp4", "icmp6", "tcp", "udp"}
)

// checkRule checks one rule. Names of ACLs stand only on the side that is called named.
func checkRule(rule aclRule, direction, named string, known []string, bits int) error {
	if !slices.Contains(ruleActions, rule.Action) {
		return fmt.Errorf("Action must be one of: %s", strings.Join(ruleActions, ", "))
	}
	if !slices.Contains(ruleStates, rule.State) {
		return fmt.Errorf("State must be one of: %s", strings.Join(ruleStates, ", "))
	}
	for _, side := range []struct{ name, subjects string }{{"Source", rule.Source}, {"Destination", rule.Destination}} {
		for _, subject := range names(side.subjects) {
			switch {
			case isAddresses(subject):
			case !slices.Contains(known, subject) && !strings.HasPrefix(subject, "@"):
				return fmt.Errorf("Invalid %s: Invalid subject %q", side.name, subject)
			case side.name != named:
				return fmt.Errorf("Invalid %s: Named subjects not allowed in %q for %q rules", side.name, side.name, direction)
			}
		}
	}
	if rule.Protocol != "" && !slices.Contains(ruleProtocols, rule.Protocol) {
		return fmt.Errorf("Protocol must be one of: %s", strings.Join(ruleProtocols, ", "))
	}
	return checkRuleFields(rule, bits)
}

// isAddresses reports an address, a subnet, or a range of addresses.
func isAddresses(subject string) bool {
	if _, err := netip.ParsePrefix(subject); err == nil {
		return true
	}
	first, last, isRange := strings.Cut(subject, "-")
	_, err := netip.ParseAddr(first)
	if err == nil && isRange {
		_, err = netip.ParseAddr(last)
	}
	return err == nil
}

// checkRuleFields checks the fields that depend on the protocol.
func checkRuleFields(rule aclRule, bits int) error {
	icmp := []struct{ name, value string }{{"ICMP type", rule.ICMPType}, {"ICMP code", rule.ICMPCode}}
	ports := []struct{ name, value string }{{"Source port", rule.SourcePort}, {"Destination port", rule.DestinationPort}}
	for _, f := range icmp {
		switch {
		case f.value == "" || strings.HasPrefix(rule.Protocol, "icmp"):
		case rule.Protocol == "":
			return fmt.Errorf("%s cannot be used without specifying protocol", f.name)
		default:
			return fmt.Errorf("%s cannot be used with non-ICMP protocol", f.name)
		}
	}
	for _, f := range ports {
		switch {
		case f.value == "":
		case rule.Protocol == "":
			return fmt.Errorf("%s cannot be used without specifying protocol", f.name)
		case strings.HasPrefix(rule.Protocol, "icmp"):
			return fmt.Errorf("%s cannot be used with %q protocol", f.name, rule.Protocol)
		default:
			if err := checkPorts(f.value, bits); err != nil {
				return fmt.Errorf("Invalid %s: %w", f.name, err)
			}
		}
	}
	return nil
}

// checkPorts takes ports and ranges of ports with commas between them.
func checkPorts(list string, bits int) error {
	for _, ports := range names(list) {
		for port := range strings.SplitSeq(ports, "-") {
			if _, err := strconv.ParseUint(port, 10, bits); err != nil {
				return fmt.Errorf("Invalid port number %q", port)
			}
		}
	}
	return nil
}
