package rows

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// defaultThreshold is cluster.offline_threshold when nothing is set (lxd 5.0.2, lxd/cluster/config/config.go).
const defaultThreshold = 20 * time.Second

// customVolume is the number of storage_volumes.type for a custom volume.
const customVolume = "2"

// memberStates and memberRoles are the texts of nodes.state and nodes_roles.role (lxd 5.0.2, lxd/db/node.go);
// memberRoles are the roles that people give, those of the database are in Raft's configuration. The third is another
// one on LXD and on Incus (read on LXD 6.9 and Incus 7.0.2).
var (
	memberStates = []schema.State{schema.StateCreated, schema.StatePending, schema.StateEvacuated}
	memberRoles  = []string{1: "event-hub", 2: "ovn-chassis", 3: "control-plane"}
)

// architectures are the texts of nodes.arch (lxd 5.0.2, shared/osarch/architectures.go).
var architectures = []string{1: "i686", 2: "x86_64", 3: "armv7l", 4: "aarch64", 5: "ppc", 6: "ppc64", 7: "ppc64le",
	8: "s390x", 9: "mips", 10: "mips64", 11: "riscv32", 12: "riscv64", 13: "armv6l", 14: "armv8l"}

// member is what the tables say of one member.
type member struct {
	name, domain, description string
	facts                     schema.MemberFacts
	heartbeat                 time.Time
	config                    map[string]string
	groups, roles             []string
}

// addMembers adds the terms for the tables of nodes. They come before all others, which need the names.
func (r *reading) addMembers(spec schema.Spec) {
	if r.lacks(schema.KindMember, "", "members", "nodes", "id", "name", "address", "state") {
		return
	}
	r.add("nodes WHERE address != '0.0.0.0'", func(row []Cell) {
		m := &member{name: row[1].String, facts: schema.MemberFacts{Address: row[2].String, State: schema.StateUnknown}}
		if i := number(row[3]); i >= 0 && i < len(memberStates) {
			m.facts.State = memberStates[i]
		}
		r.names[row[0].String] = m.name
		r.members[row[0].String] = m
	}, "id", "name", "address", "state")
	r.addMemberColumns()
	r.addMemberLists(spec)
	r.addCount("instances", "instances", "", func(m *member, n int) { m.facts.Instances = n })
	r.addImages()
	r.addCount("volumes", "storage_volumes", " WHERE type = "+customVolume, func(m *member, n int) { m.facts.Volumes = n })
}

// addMemberColumns reads the columns of nodes that may be missing in some schema.
func (r *reading) addMemberColumns() {
	for _, c := range []struct {
		column string
		set    func(*member, Cell)
	}{
		{"description", func(m *member, c Cell) { m.description = c.String }},
		{"schema", func(m *member, c Cell) { m.facts.Schema = number(c) }},
		{"api_extensions", func(m *member, c Cell) { m.facts.Extensions = number(c) }},
		{"heartbeat", func(m *member, c Cell) { m.heartbeat = parseTime(c.String) }},
		{"arch", func(m *member, c Cell) { m.facts.Architecture = word(architectures, c.String) }},
	} {
		if !r.lacks(schema.KindMember, "attrs."+c.column, "member "+c.column, "nodes", c.column) {
			// The cast keeps drivers from guessing at times.
			r.addPerMember("nodes", c.set, "id", "CAST("+name(c.column)+" AS TEXT)")
		}
	}
	if !r.lacks(schema.KindMember, "attrs.failure_domain", "failure domains", "nodes", "failure_domain_id") &&
		!r.lacks(schema.KindMember, "attrs.failure_domain", "failure domains", "nodes_failure_domains", "id", "name") {
		r.addPerMember("nodes n JOIN nodes_failure_domains d ON d.id = n.failure_domain_id",
			func(m *member, c Cell) { m.domain = c.String }, "n.id", "d.name")
	}
}

func (r *reading) addMemberLists(spec schema.Spec) {
	if !r.lacks(schema.KindMember, "lists.groups", "groups of members", "nodes_cluster_groups", "node_id", "group_id") &&
		!r.lacks(schema.KindMember, "lists.groups", "groups of members", "cluster_groups", "id", "name") {
		r.addPerMember("nodes_cluster_groups n JOIN cluster_groups g ON g.id = n.group_id",
			func(m *member, c Cell) { m.groups = append(m.groups, c.String) }, "n.node_id", "g.name")
	}
	if slices.Contains(spec.Lists, "roles") && !r.lacks(schema.KindMember, "lists.roles", "roles of members",
		"nodes_roles", "node_id", "role") {
		roles := slices.Clone(memberRoles)
		if r.layout["cluster_groups_config"] != nil { // Incus alone has it, as long as the role
			roles[3] = "database-client"
		}
		r.addPerMember("nodes_roles",
			func(m *member, c Cell) { m.roles = append(m.roles, word(roles, c.String)) }, "node_id", "role")
	}
	if !r.lacks(schema.KindMember, "config", "configuration of members", "nodes_config", "node_id", "key", "value") {
		r.add("nodes_config WHERE value != ''", func(row []Cell) {
			if m := r.members[row[0].String]; m != nil {
				m.config = schema.With(m.config, row[1].String, row[2].String)
			}
		}, "node_id", "key", "value")
	}
}

func (r *reading) addCount(what, table, where string, set func(*member, int)) {
	if r.lacks(schema.KindMember, "attrs."+what, what+" of members", table, "node_id") {
		return
	}
	r.addPerMember(name(table)+where+" GROUP BY node_id", func(m *member, c Cell) { set(m, number(c)) }, "node_id",
		"COUNT(*)")
}

// addImages reads which members have a copy of which image.
func (r *reading) addImages() {
	if r.layout.missing("images", "id", "fingerprint") != "" ||
		r.layout.missing("images_nodes", "image_id", "node_id") != "" {
		return
	}
	r.add("images i LEFT JOIN images_nodes n ON n.image_id = i.id", func(row []Cell) {
		r.images = schema.With(r.images, row[0].String, r.images[row[0].String])
		if m := r.members[row[1].String]; m != nil && !slices.Contains(r.images[row[0].String], m.name) {
			r.images[row[0].String] = append(r.images[row[0].String], m.name)
			slices.Sort(r.images[row[0].String])
		}
	}, "i.fingerprint", "n.node_id")
}

// addPerMember adds a term whose rows are a node id and a value.
func (r *reading) addPerMember(from string, set func(*member, Cell), id, value string) {
	r.add(from, func(row []Cell) {
		if m := r.members[row[0].String]; m != nil && row[1].Valid {
			set(m, row[1])
		}
	}, id, value)
}

func (r *reading) memberFacts() map[string]schema.MemberFacts {
	threshold := defaultThreshold
	if seconds, err := strconv.Atoi(r.threshold); err == nil {
		threshold = time.Duration(seconds) * time.Second
	}
	out := make(map[string]schema.MemberFacts, len(r.members))
	for _, m := range r.members {
		f := m.facts
		if !m.heartbeat.IsZero() {
			// Before the first heartbeat of a pending member the column has the time of 1970 or none.
			f.HeartbeatAge = max(0, r.clock.Sub(m.heartbeat))
			f.Online = f.HeartbeatAge < threshold && f.State != schema.StatePending
		}
		out[m.name] = f
	}
	return out
}

// memberObjects returns the members that are in the cluster. A pending one is a fact and no object: its join has not
// ended, and LXD itself does not list it.
func (r *reading) memberObjects(spec schema.Spec) []schema.Object {
	var out []schema.Object
	for _, m := range r.members {
		if m.facts.State == schema.StatePending || spec.Name == "" {
			continue
		}
		o := schema.Object{
			Ref:   schema.Ref{Kind: schema.KindMember, Name: m.name},
			State: m.facts.State,
			Body: schema.Body{Attrs: map[string]string{"address": m.facts.Address, "failure_domain": "default"},
				Config: m.config},
		}
		if m.domain != "" {
			o.Attrs["failure_domain"] = m.domain
		}
		if m.description != "" {
			o.Attrs["description"] = m.description
		}
		for list, names := range map[string][]string{"groups": m.groups, "roles": m.roles} {
			if len(names) > 0 && slices.Contains(spec.Lists, list) {
				slices.Sort(names)
				o.Lists = schema.With(o.Lists, list, names)
			}
		}
		out = append(out, o)
	}
	return out
}

// NewestHeartbeat returns when a member of the cluster was last heard of; the zero time when none ever was. It is the
// time to hold the heartbeats of a saved database against.
func NewestHeartbeat(ctx context.Context, q Querier) (time.Time, error) {
	found, err := drivers.Wide(1)(q.Query(ctx, "SELECT CAST(heartbeat AS TEXT) FROM nodes WHERE address != '0.0.0.0'"))
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the heartbeats: %w", err)
	}
	var newest time.Time
	for _, row := range found {
		if t := parseTime(row[0].String); t.After(newest) {
			newest = t
		}
	}
	return newest, nil
}

// number returns the value of an integer column, -1 for NULL or a text.
func number(c Cell) int {
	i, err := strconv.Atoi(c.String)
	if err != nil {
		return -1
	}
	return i
}

// RaftRoles reads the roles of members in the cluster database, by cluster address, from the copy of the Raft
// configuration in a member's own database. The error is the Querier's.
func RaftRoles(ctx context.Context, local Querier) (map[string]schema.RaftRole, error) {
	found, err := drivers.Wide(2)(local.Query(ctx, drivers.RaftRolesQuery))
	if err != nil {
		return nil, err
	}
	return drivers.RaftRoles(found), nil
}

// WithRoles returns the members with their roles in the database, which are given by address.
func WithRoles(members map[string]schema.MemberFacts, roles map[string]schema.RaftRole) map[string]schema.MemberFacts {
	out := make(map[string]schema.MemberFacts, len(members))
	for name, m := range members {
		m.Role = roles[m.Address]
		out[name] = m
	}
	return out
}
