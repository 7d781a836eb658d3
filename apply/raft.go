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

// A removed member may stay in the Raft configuration for a moment: after raftDelay it is taken out. Its role goes to
// another one with the next round of heartbeats, which is waited for up to rolesDelay. rereadRaft is how often it is
// looked at.
const (
	raftDelay  = 4 * time.Second
	rolesDelay = 30 * time.Second
	rereadRaft = time.Second
)

// leaveRaft waits until the database's Raft configuration has a removed member no more, and takes it out where LXD
// leaves it; and until as many members vote as are to: after the removal of a leader there are two for a moment
// (measured on lxd 5.0.2), and none may fail then. Where no member's dqlite can be asked nothing is concluded, and the
// step says so.
func (t *task) leaveRaft(ctx context.Context, l plan.LeaveRaft) error {
	inspector, ok := t.engine.Backend.(drivers.Inspector)
	facts, err := t.facts(ctx)
	if !ok || err != nil {
		t.found = "the Raft configuration was not read"
		return err
	}
	for name, m := range facts.Members {
		if m.Address == l.Address && name != l.Member {
			t.found = "its address is that of " + name + " now"
			return nil
		}
	}
	return t.awaitLeft(ctx, inspector, facts, l)
}

// awaitLeft waits until the members' dqlite does not have the removed member any more. It takes it out only once, and
// gives up on what it cannot be told, which is no failure.
func (t *task) awaitLeft(ctx context.Context, inspector drivers.Inspector, facts schema.Facts, l plan.LeaveRaft) error {
	t.say("waiting until the Raft configuration does not have %s any more", l.Member)
	began, took := time.Now(), false
	return t.poll(ctx, rereadRaft, func() (bool, error) {
		through, raft, err := askRaft(ctx, inspector, facts)
		has := slices.ContainsFunc(raft.Members, func(m schema.RaftMember) bool { return m.Address == l.Address })
		late := time.Since(began) > raftDelay
		switch {
		case err == nil && !has:
			t.found = fmt.Sprintf("it is not there any more, as %s knows it", through)
			if took {
				t.found = t.flavour.Product.Title() + " had left it there, and it was taken out"
			}
			voters := len(slices.DeleteFunc(raft.Members, func(m schema.RaftMember) bool { return m.Role != schema.Voter }))
			if voters < l.Voters && time.Since(began) < rolesDelay {
				t.say("waiting until %d members vote again; now %d do", l.Voters, voters)
				return false, nil
			}
			if voters < l.Voters {
				t.found += fmt.Sprintf("; %d of %d members vote for now: the database gives the role to another one by itself",
					voters, l.Voters)
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

// askRaft asks the members, the leader as far as they know one, for the Raft configuration, and says who told. When
// none of them knows, the error is the last one's.
func askRaft(ctx context.Context, inspector drivers.Inspector, facts schema.Facts) (through string, raft schema.Raft,
	err error) {
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
		return name, raft, nil
	}
	return "", schema.Raft{}, err
}

// forget takes away what a join that did not end has left in the cluster. The Raft entry goes first: with it there the
// next join of that address hangs for ever. The row is LXD's own business in newer versions, and taken over by the next
// join; it goes for others that count members.
func (t *task) forget(ctx context.Context, l plan.LeaveRaft) error {
	if err := t.forgetRaft(ctx, l); err != nil {
		return err
	}
	if err := t.forgetCertificate(ctx, l.Member); err != nil {
		return err
	}
	_, err := t.call(ctx, t.step.Member, drivers.Call{Method: "POST", Path: "/internal/sql",
		Body: map[string]string{"database": "global", "query": plan.ForgetRow(l.Member)}})
	return err
}

// forgetRaft takes the entry out until it is gone: while roles change LXD refuses it for a moment.
func (t *task) forgetRaft(ctx context.Context, l plan.LeaveRaft) error {
	t.say("taking %s out of the Raft configuration", l.Member)
	inspector, ok := t.engine.Backend.(drivers.Inspector)
	if !ok {
		return nil
	}
	return t.poll(ctx, rereadRaft, func() (bool, error) {
		facts, err := t.facts(ctx)
		if err == nil {
			var raft schema.Raft
			_, raft, err = askRaft(ctx, inspector, facts)
			if err == nil && !slices.ContainsFunc(raft.Members,
				func(m schema.RaftMember) bool { return m.Address == l.Address }) {
				return true, nil
			}
		}
		if err == nil {
			_, err = t.ask(ctx, t.step.Member, drivers.Call{Method: "DELETE",
				Path: "/internal/cluster/raft-node/" + l.Address})
		}
		t.trouble = err
		return false, nil
	})
}

// forgetCertificate removes the certificate of who is no member, where the server lets it: Incus refuses a join whose
// certificate is there.
func (t *task) forgetCertificate(ctx context.Context, name string) error {
	t.say("removing the certificate of %s", name)
	var certificates []struct{ Name, Type, Fingerprint string }
	all := map[string]string{"recursion": "1"}
	if _, err := t.get(ctx, t.step.Member, "/1.0/certificates", all, &certificates); err != nil {
		return err
	}
	members, err := t.members(ctx)
	if err != nil {
		return err
	}
	for _, c := range certificates {
		listed := slices.ContainsFunc(members, func(m member) bool { return m.Name == name })
		if c.Name == name && c.Type == "server" && !listed {
			_, t.trouble = t.ask(ctx, t.step.Member, drivers.Call{Method: "DELETE", Path: "/1.0/certificates/" + c.Fingerprint})
		}
	}
	return nil
}
