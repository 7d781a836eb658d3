package apply

import (
	"context"
	"slices"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// forget takes away what a join that did not end has left in the cluster. The Raft entry goes first: with it there the
// next join of that address hangs for ever; while roles change LXD refuses it for a moment. The certificate goes where
// the server lets it: Incus refuses a join whose certificate is there. The row is LXD's own business in newer versions,
// and taken over by the next join; it goes for others that count members.
func (t *task) forget(ctx context.Context, l plan.LeaveRaft) error {
	t.say("taking %s out of the Raft configuration", l.Member)
	if inspector, ok := t.engine.Backend.(drivers.Inspector); ok {
		if err := t.poll(ctx, rereadRaft, func() (bool, error) {
			facts, err := t.facts(ctx)
			if err == nil {
				var raft schema.Raft
				_, raft, err = askRaft(ctx, inspector, facts)
				if err == nil && !slices.ContainsFunc(raft.Members, func(m schema.RaftMember) bool { return m.Address == l.Address }) {
					return true, nil
				}
			}
			if err == nil {
				_, err = t.ask(ctx, t.step.Member, drivers.Call{Method: "DELETE", Path: "/internal/cluster/raft-node/" + l.Address})
			}
			t.trouble = err
			return false, nil
		}); err != nil {
			return err
		}
	}
	t.say("removing the certificate of %s", l.Member)
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
		listed := slices.ContainsFunc(members, func(m member) bool { return m.Name == l.Member })
		if c.Name == l.Member && c.Type == "server" && !listed {
			_, t.trouble = t.ask(ctx, t.step.Member, drivers.Call{Method: "DELETE", Path: "/1.0/certificates/" + c.Fingerprint})
		}
	}
	_, err = t.call(ctx, t.step.Member, drivers.Call{Method: "POST", Path: "/internal/sql",
		Body: map[string]string{"database": "global", "query": plan.ForgetRow(l.Member)}})
	return err
}
