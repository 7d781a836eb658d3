package plan

import (
	"fmt"
	"strings"
	"time"

	"clusterctl/schema"
)

// The codes of what speaks against removing a member.
const (
	CodeMemberInUse schema.Code = "member-in-use"
	CodeNotLost     schema.Code = "member-not-lost"
	CodeQuorum      schema.Code = "quorum"
	CodeLastMember  schema.Code = "last-member"
)

// guardRemoval refuses removals that LXD refuses half-way, or that would cost the quorum.
func guardRemoval(d *draft, changes []Change, _ Options) schema.Diagnostics {
	var out schema.Diagnostics
	gone := 0
	for _, c := range changes {
		if c.Ref.Kind != schema.KindMember || c.Action != Delete {
			continue
		}
		gone++
		want, _ := d.want.Want.Get(c.Ref)
		if diag, refused := d.checkRemoval(c, want.State == schema.StateLost); refused {
			diag.Member = c.Ref.Name
			out = append(out, diag)
		}
	}
	if gone > 0 && len(d.members) == 0 {
		out = append(out, refusal(CodeLastMember, schema.Position{}, schema.Ref{}, "cannot remove every member of a cluster"))
	}
	return out
}

func (d *draft) checkRemoval(c Change, lost bool) (schema.Diagnostic, bool) {
	m, name := d.live.Facts.Members[c.Ref.Name], c.Ref.Name
	left := d.remains(name)
	var diag schema.Diagnostic
	switch after := d.online(name); {
	case lost && m.Online:
		diag = refusal(CodeNotLost, c.At, c.Ref, "cannot give up %s as lost: it is online", name)
		diag.Detail = fmt.Sprintf("Its last heartbeat is %s old; it counts as offline after cluster.offline_threshold.", m.HeartbeatAge.Round(time.Second))
		diag.Hint = "use state: absent, which lets it leave cleanly; if it just went down, plan again a little later"
	case !lost && (!m.Online || d.live.Facts.Hosts[name].FaultKind == "unreachable"):
		diag = refusal(CodeOffline, c.At, c.Ref, "cannot remove %s cleanly: it is offline", name)
		diag.Hint = "bring it back, or say state: lost if it never will"
	case !lost && left.instances+left.volumes+left.images > 0:
		diag = inUse(c, left)
	case m.Role != "" && after.Online < after.Needed:
		diag = refusal(CodeQuorum, c.At, c.Ref, "cannot remove %s: the database would lose its quorum", name)
		diag.Detail = fmt.Sprintf("%d of the remaining voters are online, %d are needed.", after.Online, after.Needed)
		diag.Hint = "bring offline voters back first"
	}
	return diag, diag.Summary != ""
}

// inUse says what a member still has, and how to take it off.
func inUse(c Change, left remains) schema.Diagnostic {
	diag := refusal(CodeMemberInUse, c.At, c.Ref, "cannot remove %s: it has %s", c.Ref.Name, usage(left))
	if len(left.words) > 0 {
		diag.Detail = "There are " + sentence(left.words) + "."
	}
	var hints []string
	if left.instances > 0 {
		hints = append(hints, "move or delete the instances first: target: MEMBER in the preseed does it in the same plan; --evacuate moves all that LXD can move")
	}
	if left.volumes > 0 {
		hints = append(hints, "move or delete the volumes first: --evacuate moves all that nothing uses, lxc storage volume move POOL/NAME POOL/NAME --target MEMBER --destination-target MEMBER one")
	}
	if left.images > 0 {
		hints = append(hints, "raise cluster.images_minimal_replica, which makes LXD copy the images, or delete them")
	}
	diag.Hint = strings.Join(hints, "; ")
	return diag
}

// usage counts in words: "2 instances and 1 custom volume".
func usage(left remains) string {
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{{left.instances, "1 instance", "instances"}, {left.volumes, "1 custom volume", "custom volumes"}, {left.images, "the last copy of 1 image", "images of which it has the last copy"}} {
		switch p.n {
		case 0:
		case 1:
			parts = append(parts, p.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.many))
		}
	}
	if last := len(parts) - 1; last > 1 {
		parts = []string{strings.Join(parts[:last], ", "), parts[last]}
	}
	return strings.Join(parts, " and ")
}
