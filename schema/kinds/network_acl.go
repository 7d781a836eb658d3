package kinds

import (
	"encoding/json"
	"net/netip"
	"strings"

	"clusterctl/schema"
)

type aclEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/ "`
	Project     string            `yaml:"project"`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
	Ingress     []aclRule         `yaml:"ingress" validate:"dive"`
	Egress      []aclRule         `yaml:"egress" validate:"dive"`
}

// aclRule is a rule as LXD's API has it (lxd 5.0.2, shared/api/network_acl.go).
type aclRule struct {
	Action          string `yaml:"action" json:"action" validate:"required,acl_action"`
	Source          string `yaml:"source" json:"source"`
	Destination     string `yaml:"destination" json:"destination"`
	Protocol        string `yaml:"protocol" json:"protocol" validate:"omitempty,oneof=icmp4 icmp6 tcp udp"`
	SourcePort      string `yaml:"source_port" json:"source_port"`
	DestinationPort string `yaml:"destination_port" json:"destination_port"`
	ICMPType        string `yaml:"icmp_type" json:"icmp_type"`
	ICMPCode        string `yaml:"icmp_code" json:"icmp_code"`
	Description     string `yaml:"description" json:"description"`
	State           string `yaml:"state" json:"state" validate:"omitempty,oneof=enabled disabled logged" help:"Whether it counts, and is logged."`
}

// networkACL describes the rules that networks and their devices can be put under.
func networkACL() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name:  "network_acl",
			Title: "network ACL", Lost: "its rules",
			Plural:    "network_acls",
			Scope:     schema.ScopeProject,
			Feature:   "features.networks",
			Lifecycle: schema.Simple,
			Home:      schema.HomeCluster,
			AtJoin:    schema.LossRefused,
			Path:      "/1.0/network-acls",
			Attrs: []schema.Attr{
				{Name: "description"},
				{Name: "ingress", JSON: true, Default: "[]"},
				{Name: "egress", JSON: true, Default: "[]"},
			},
			Keys: keys("user"),
			Tables: schema.Tables{Table: "networks_acls", Project: true,
				Columns: map[string]string{"description": "description", "ingress": "ingress", "egress": "egress"},
				Owner:   "network_acl_id", Config: "networks_acls_config"},
			Told: schema.ToldInUse,
			Rank: 45,
		},
		Form: schema.FormOf(func(e *aclEntry) schema.Object {
			attrs := map[string]string{"description": e.Description, "ingress": listText(enabled(e.Ingress)),
				"egress": listText(enabled(e.Egress))}
			return object(schema.Ref{Kind: "network_acl", Project: inProject(e.Project), Name: e.Name}, e.State, attrs, e.Config)
		}),
		Names: aclNames,
	}
}

// aclNames names the ACLs and, with "$", the address sets that the rules let in or out. A subject that is no address is
// an ACL, or begins with "@", and has to be there (lxd 5.0.2, lxd/network/acl/driver_common.go validateRuleSubjects).
func aclNames(o schema.Object) []schema.Reference {
	var refs []schema.Reference
	for _, field := range []string{"ingress", "egress"} {
		var rules []aclRule
		if err := json.Unmarshal([]byte(o.Attrs[field]), &rules); err != nil {
			continue // nothing is said of them
		}
		for _, rule := range rules {
			subjects := map[string]string{"ingress": rule.Source, "egress": rule.Destination}[field]
			for _, ref := range named("attrs."+field, "network_acl", o, subjects) {
				address, _, _ := strings.Cut(ref.Ref.Name, "/")
				address, _, _ = strings.Cut(address, "-")
				_, err := netip.ParseAddr(address)
				if set, ok := strings.CutPrefix(ref.Ref.Name, "$"); ok {
					ref.Ref.Kind, ref.Ref.Name = kindAddressSet, set
				}
				if err != nil && !strings.HasPrefix(ref.Ref.Name, "@") && ref.Ref != o.Ref {
					refs = append(refs, ref)
				}
			}
		}
	}
	return refs
}

// enabled gives rules the state that lxc gives them, LXD itself wants one to be said, and the form that LXD gives their
// lists and descriptions (lxd 5.0.2, shared/api/network_acl.go Normalise).
func enabled(rules []aclRule) []aclRule {
	if rules == nil {
		return nil
	}
	out := make([]aclRule, len(rules))
	for i, rule := range rules {
		if rule.State == "" {
			rule.State = "enabled"
		}
		for _, list := range []*string{&rule.Source, &rule.Destination, &rule.SourcePort, &rule.DestinationPort} {
			*list = schema.ListForm(*list)
		}
		rule.Description = strings.TrimSpace(rule.Description)
		out[i] = rule
	}
	return out
}
