package session

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// A removed member may stay in the Raft configuration for a moment, and one that led the database for good (measured on
// lxd 5.0.2): after raftPatience it is taken out, and raftLimit is how long all of it may take.
const (
	raftPatience = 4 * time.Second
	raftLimit    = 20 * time.Second
)

// leaveRaft sees to it that the database's Raft configuration does not have the members any more that a plan has removed.
func (r *Run) leaveRaft(ctx context.Context, v *Survey) error {
	inspector, ok := v.backend.(drivers.Inspector)
	if !ok {
		return nil
	}
	w := raftWatch{Run: r, backend: v.backend, inspector: inspector, left: v.Facts}
	w.left.Members = maps.Clone(w.left.Members)
	var gone []string
	taken := map[string]bool{} // addresses of members that are new
	for _, step := range v.Plan.Steps {
		if step.Op.Join != nil {
			taken[step.Op.Join.Address] = true
		}
		if step.Op.Kind == plan.OpRemove {
			gone = append(gone, step.Cause.Name)
			delete(w.left.Members, step.Cause.Name)
		}
	}
	for _, name := range gone {
		if address := v.Facts.Members[name].Address; !taken[address] {
			if err := w.await(ctx, name, address); err != nil {
				return err
			}
		}
	}
	return nil
}

// raftWatch looks at the Raft configuration through the members that are left.
type raftWatch struct {
	*Run
	backend   drivers.Backend
	inspector drivers.Inspector
	left      schema.Facts
}

// await waits until the Raft configuration does not have the address of a removed member any more.
func (w *raftWatch) await(ctx context.Context, name, address string) error {
	took := false
	for began := w.Now(); ; {
		witness, has, err := w.has(ctx, address)
		late := w.Now().Sub(began)
		switch {
		case err == nil && !has:
			w.Report.Tell(fmt.Sprintf("The database's Raft configuration, as %s knows it, does not have %s any more.", witness, name))
			return nil
		case err == nil && late > raftLimit:
			return Fail(ExitError, "On a member: lxd cluster remove-raft-node "+address,
				fmt.Errorf("%s is removed, but the database's Raft configuration still has %s", name, address))
		case err != nil && (late > raftLimit || !drivers.KindOf(err).Temporary()):
			w.Report.Tell("The database's Raft configuration was not read: no member's dqlite can be asked from here.")
			return nil
		case err == nil && late > raftPatience && !took:
			took = true
			if err := w.takeOut(ctx, address); err != nil {
				w.Report.Tell(fmt.Sprintf("LXD left %s in the database's Raft configuration; taking it out: %v", name, err))
			} else {
				w.Report.Tell(fmt.Sprintf("LXD left %s in the database's Raft configuration; it has been taken out.", name))
			}
		}
		select {
		case <-ctx.Done():
			return Fail(ExitInterrupted, "", fmt.Errorf("%s is removed; interrupted while looking at the Raft configuration", name))
		case <-time.After(time.Second):
		}
	}
}

// takeOut does what `lxd cluster remove-raft-node` does.
func (w *raftWatch) takeOut(ctx context.Context, address string) error {
	api, err := w.backend.API(ctx, "")
	if err != nil {
		return err
	}
	_, err = api.Do(ctx, drivers.Call{Method: "DELETE", Path: "/internal/cluster/raft-node/" + address})
	return err
}

// has asks the members, the leader as far as they know one, whether the Raft configuration has the address. When
// none of them knows, the error is the last one's.
func (w *raftWatch) has(ctx context.Context, address string) (witness string, has bool, err error) {
	err = &drivers.Error{Kind: drivers.NoLeader, Op: "reading the Raft configuration"}
	for _, name := range w.left.MemberOrder() {
		raft, failed := w.inspector.Raft(ctx, w.left.Members[name].Address)
		switch {
		case failed != nil:
			err = failed
			continue // the next one knows as well
		case raft.Leader == "":
			err = &drivers.Error{Kind: drivers.NoLeader, Op: "reading the Raft configuration", Member: name}
			continue
		}
		for leader, m := range w.left.Members {
			if m.Address == raft.Leader && leader != name {
				if told, err := w.inspector.Raft(ctx, raft.Leader); err == nil {
					name, raft = leader, told
				}
				break
			}
		}
		return name, slices.ContainsFunc(raft.Members, func(m schema.RaftMember) bool { return m.Address == address }), nil
	}
	return "", false, err
}
