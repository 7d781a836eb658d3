package plan

import (
	"fmt"
	"slices"
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
	instances := m.Instances
	if d.evacuatesFirst(name, lost) {
		instances = 0
	}
	var diag schema.Diagnostic
	switch after := d.online(name); {
	case lost && m.Online:
		diag = refusal(CodeNotLost, c.At, c.Ref, "cannot give up %s as lost: it is online", name)
		diag.Detail = fmt.Sprintf("Its last heartbeat is %s old; it counts as offline after cluster.offline_threshold.", m.HeartbeatAge.Round(time.Second))
		diag.Hint = "use state: absent, which lets it leave cleanly; if it just went down, plan again a little later"
	case !lost && (!m.Online || d.live.Facts.Hosts[name].FaultKind == "unreachable"):
		diag = refusal(CodeOffline, c.At, c.Ref, "cannot remove %s cleanly: it is offline", name)
		diag.Hint = "bring it back, or say state: lost if it never will"
	case !lost && instances+m.Volumes > 0:
		diag = d.inUse(c, instances)
	case m.Role != "" && after.Online < after.Needed:
		diag = refusal(CodeQuorum, c.At, c.Ref, "cannot remove %s: the database would lose its quorum", name)
		diag.Detail = fmt.Sprintf("%d of the remaining voters are online, %d are needed.", after.Online, after.Needed)
		diag.Hint = "bring offline voters back first"
	}
	return diag, diag.Summary != ""
}

// inUse says what a member still has. What its evacuation moves is left out: instances are then 0.
func (d *draft) inUse(c Change, instances int) schema.Diagnostic {
	name := c.Ref.Name
	diag := refusal(CodeMemberInUse, c.At, c.Ref, "cannot remove %s: it has %s", name, usage(instances, d.live.Facts.Members[name].Volumes))
	held := slices.DeleteFunc(Holdings(d.live, d.reg, name), func(h string) bool {
		return instances == 0 && strings.HasPrefix(h, "instance/")
	})
	if len(held) > 0 {
		diag.Detail = "There are " + sentence(held) + "."
	}
	diag.Hint = "move or delete the volumes first: lxc storage volume move POOL/NAME POOL/NAME --target MEMBER --destination-target MEMBER"
	if instances > 0 {
		diag.Hint = "move or delete them first: lxc move NAME --target MEMBER; clusterctl remove --evacuate moves the instances"
	}
	return diag
}

// usage counts in words: "2 instances and 1 custom volume".
func usage(instances, volumes int) string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{instances, "instance"}, {volumes, "custom volume"}} {
		switch p.n {
		case 0:
		case 1:
			parts = append(parts, "1 "+p.word)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", p.n, p.word))
		}
	}
	return strings.Join(parts, " and ")
}
