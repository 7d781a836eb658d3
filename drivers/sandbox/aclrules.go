package sandbox

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

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
	for _, d := range []struct {
		direction, named string
		rules            []aclRule
	}{{"ingress", "Source", body.Ingress}, {"egress", "Destination", body.Egress}} {
		for i, rule := range d.rules {
			if err := checkRule(rule, d.direction, d.named, known); err != nil {
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
func checkRule(rule aclRule, direction, named string, known []string) error {
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
	return checkRuleFields(rule)
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
func checkRuleFields(rule aclRule) error {
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
			if err := checkPorts(f.value); err != nil {
				return fmt.Errorf("Invalid %s: %w", f.name, err)
			}
		}
	}
	return nil
}

// checkPorts takes ports and ranges of ports with commas between them.
func checkPorts(list string) error {
	for _, ports := range names(list) {
		for port := range strings.SplitSeq(ports, "-") {
			if _, err := strconv.ParseUint(port, 10, 16); err != nil {
				return fmt.Errorf("Invalid port number %q", port)
			}
		}
	}
	return nil
}
