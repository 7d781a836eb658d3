package apply

import (
	"context"
	"fmt"
	"slices"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// A removed member may stay in the Raft configuration for a moment: after raftDelay it is taken out. rereadRaft is how
// often it is looked at.
const (
	raftDelay  = 4 * time.Second
	rereadRaft = time.Second
)

// leaveRaft waits until the database's Raft configuration has a removed member no more, and takes it out where LXD
// leaves it. Where no member's dqlite can be asked nothing is concluded, and the step says so.
func (t *task) leaveRaft(ctx context.Context, l plan.LeaveRaft) error {
	inspector, ok := t.engine.Backend.(drivers.Inspector)
	facts, err := t.facts(ctx)
	if !ok || err != nil {
		t.found = "the Raft configuration was not read"
		return err
	}
	t.say("waiting until the Raft configuration does not have %s any more", l.Member)
	began, took := time.Now(), false
	return t.poll(ctx, rereadRaft, func() (bool, error) {
		through, has, err := inRaft(ctx, inspector, facts, l.Address)
		late := time.Since(began) > raftDelay
		switch {
		case err == nil && !has:
			t.found = fmt.Sprintf("it is not there any more, as %s knows it", through)
			if took {
				t.found = "LXD had left it there, and it was taken out"
			}
			return true, nil
		case err != nil && (late || !drivers.KindOf(err).Temporary()):
			t.found = fmt.Sprintf("the Raft configuration was not read: %v", err)
			return true, nil
		case err == nil && late && !took:
			took = true
			_, t.trouble = t.ask(ctx, "", drivers.Call{Method: "DELETE", Path: "/internal/cluster/raft-node/" + l.Address})
		}
		return false, nil
	})
}

// inRaft asks the members, the leader as far as they know one, whether the Raft configuration has the address, and
// says who told. When none of them knows, the error is the last one's.
func inRaft(ctx context.Context, inspector drivers.Inspector, facts schema.Facts, address string) (through string,
	has bool, err error) {
	err = &drivers.Error{Kind: drivers.NoLeader, Op: "reading the Raft configuration"}
	for _, name := range facts.MemberOrder() {
		raft, failed := inspector.Raft(ctx, facts.Members[name].Address)
		switch {
		case failed != nil:
			err = failed
			continue // the next one knows as well
		case raft.Leader == "":
			err = &drivers.Error{Kind: drivers.NoLeader, Op: "reading the Raft configuration", Member: name}
			continue
		}
		for leader, m := range facts.Members {
			if m.Address == raft.Leader && leader != name {
				if told, err := inspector.Raft(ctx, raft.Leader); err == nil {
					name, raft = leader, told
				}
				break
			}
		}
		return name, slices.ContainsFunc(raft.Members, func(m schema.RaftMember) bool { return m.Address == address }), nil
	}
	return "", false, err
}
