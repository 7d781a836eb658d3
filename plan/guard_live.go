package plan

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/schema"
)

// guardJoinNetworks refuses joins into a cluster with a bridge whose addresses are not stored: the joiner's daemon
// makes up its own and then finds them different (measured on lxd 5.0.2: "Mismatching config for network").
func guardJoinNetworks(d *draft, changes []Change, _ Options) schema.Diagnostics {
	if len(d.joiners) == 0 || !d.live.Facts.Clustered {
		return nil
	}
	var out schema.Diagnostics
	for _, n := range d.live.OfKind(schema.KindNetwork) {
		if n.Attrs["type"] != "bridge" || n.State == schema.StatePending {
			continue
		}
		for _, key := range []string{"ipv4.address", "ipv6.address"} {
			if n.Config[key] != "" || n.Config["bridge.mode"] == "fan" {
				continue
			}
			diag := refusal(CodeJoinNetwork, d.want.Source.At(n.Ref, ""), n.Ref, "cannot join a member while %s has no %s", n.Ref, key)
			diag.Detail = "A joining server would choose an address of its own, and LXD then refuses the join because the networks differ."
			diag.Hint = fmt.Sprintf("set it first, for instance: lxc network set %s %s none", n.Ref.Name, key)
			out = append(out, diag)
		}
	}
	return out
}

// down returns the members that do not answer and are not given up.
func (d *draft) down() []string {
	var down []string
	for _, name := range d.live.Facts.MemberOrder() {
		m := d.live.Facts.Members[name]
		host, connected := d.live.Facts.Hosts[name]
		silent := connected && host.FaultKind == "unreachable"
		if o, _ := d.want.Want.Get(memberRef(name)); o.State == schema.StateLost {
			continue // it is removed before anything needs all members
		}
		if d.live.Facts.Clustered && m.State != schema.StatePending && (!m.Online || silent) {
			down = append(down, name)
		}
	}
	return down
}

// areOffline says it of one member or several.
func areOffline(members []string) string {
	if len(members) == 1 {
		return members[0] + " is offline"
	}
	return strings.Join(members, ", ") + " are offline"
}

// guardOffline refuses steps that need every member when one is offline. The database learns of a dead member only
// when its heartbeat is too old, so a connection that fails counts as well.
func guardOffline(d *draft, changes []Change, _ Options) schema.Diagnostics {
	var out schema.Diagnostics
	down := d.down()
	if len(down) == 0 {
		return nil
	}
	for _, c := range changes {
		kind, _ := d.reg.Kind(c.Ref.Kind)
		if kind.Lifecycle != schema.Pending || c.Action == Refuse {
			continue
		}
		diag := refusal(CodeOffline, c.At, c.Ref, "cannot %s %s while %s", c.Action, c.Ref, areOffline(down))
		diag.Detail = "LXD makes this change on every member; with one missing it would stay half done."
		diag.Hint = "bring the member back, or remove it, then apply again"
		out = append(out, diag)
	}
	if len(d.joiners) > 0 {
		out = append(out, schema.Diagnostic{Severity: schema.SeverityWarning, Code: CodeOffline,
			Summary: areOffline(down) + ": joins run one after the other and may be slow"})
	}
	return out
}

// losesPart reports that a member's part of an object goes, such as its volume of that name.
func losesPart(c Change) bool {
	return slices.ContainsFunc(c.Fields, func(f FieldChange) bool { return f.Member != "" && f.Key == "" && f.New == string(schema.StateAbsent) })
}

// guardDestroy refuses deletions that nobody consented to by name, that are protected, or that LXD never makes.
func guardDestroy(d *draft, changes []Change, opts Options) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range changes {
		if c.Action != Delete && !losesPart(c) {
			continue
		}
		kind, _ := d.reg.Kind(c.Ref.Kind)
		switch {
		case slices.Contains(kind.Builtin, c.Ref.Name) && (c.Ref.Project == "" || c.Ref.Kind == schema.KindProfile):
			out = append(out, refusal(CodeBuiltin, c.At, c.Ref, "cannot delete %s: LXD always has it", c.Ref))
		case isNamed(d.live, d.reg, c.Ref, d.want.Settings.Protect):
			diag := refusal(CodeProtected, c.At, c.Ref, "cannot delete %s: it is protected", c.Ref)
			diag.Hint = "take it out of clusterctl: protect"
			out = append(out, diag)
		case !isNamed(d.live, d.reg, c.Ref, opts.AllowDestroy):
			names := d.live.Names(d.reg, c.Ref)
			diag := refusal(CodeDestroy, c.At, c.Ref, "deleting %s needs consent by name", c.Ref)
			diag.Hint = "add --allow-destroy " + names[len(names)-1].String()
			if want, _ := d.want.Want.Get(c.Ref); want.State == schema.StateLost {
				diag.Detail = "Consider: " + d.losses(c.Ref.Name) + "."
			}
			out = append(out, diag)
		}
	}
	return out
}

// isNamed reports that one of the texts means the object.
func isNamed(live schema.Cluster, reg schema.Registry, ref schema.Ref, texts []string) bool {
	return slices.ContainsFunc(live.Names(reg, ref), func(name schema.Ref) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return name.Means(reg, text) })
	})
}
