package apply

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// raftFake is a cluster whose Raft configuration is what has says, by the address that is asked.
type raftFake struct {
	*fake
	drivers.Inspector
	has func(address string) (schema.Raft, error)
}

func (f raftFake) Raft(_ context.Context, address string) (schema.Raft, error) { return f.has(address) }

// TestLivingMemberIsNotTakenOutOfRaft meets the address of a member where a removed one was.
func TestLivingMemberIsNotTakenOutOfRaft(t *testing.T) {
	t.Parallel()
	f := &fake{live: schema.NewCluster(schema.Facts{Members: map[string]schema.MemberFacts{"n2": {Address: "10.0.0.2:1"}}})}
	backend := raftFake{fake: f, has: func(string) (schema.Raft, error) { return schema.Raft{}, errors.New("asked") }}
	got, err := runOne(t.Context(), &Engine{Backend: backend}, plan.Step{
		Op: plan.Op{Kind: plan.OpLeaveRaft, LeaveRaft: &plan.LeaveRaft{Member: "n3", Address: "10.0.0.2:1"}}})
	told := slices.ContainsFunc(got, func(e Event) bool { return e.Message == "its address is that of n2 now" })
	if err != nil || f.asked("* DELETE /internal/cluster/raft-node/10.0.0.2:1") || !told {
		t.Errorf("got %v, calls %v", err, f.calls)
	}
}

// TestLeftInRaftIsTakenOut removes n3, whose address LXD takes out by itself, late, or not at all.
func TestLeftInRaftIsTakenOut(t *testing.T) {
	t.Parallel()
	const gone, call = "10.0.0.3:1", "* DELETE /internal/cluster/raft-node/10.0.0.3:1"
	members := []schema.RaftMember{{Address: "10.0.0.1:1", Role: schema.Voter}, {Address: "10.0.0.2:1", Role: schema.Voter}}
	left := slices.Concat(members, []schema.RaftMember{{Address: gone}})
	for name, test := range map[string]struct {
		looks int // how often the member is still there, unless it is taken out; -1 for ever
		err   error
		taken bool
		found string
		// voters are to be; the database makes the third one after so many looks.
		voters, third int
	}{
		"gone":             {found: "it is not there any more, as n2 knows it"},
		"gone soon":        {looks: 2, found: "it is not there any more, as n2 knows it"},
		"stays":            {looks: -1, taken: true, found: "LXD had left it there, and it was taken out"},
		"roles whole soon": {voters: 3, third: 9, found: "it is not there any more, as n2 knows it"},
		"roles not whole": {voters: 3, third: 99,
			found: "it is not there any more, as n2 knows it; 2 of 3 members vote for now: the database gives the role to another one by itself"},
		"cannot be met": {err: &drivers.Error{Kind: drivers.Unsupported, Op: "asking"}, found: "the Raft configuration was not read: asking: unsupported"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &fake{script: map[string]answer{call: says(`{}`)}, live: schema.NewCluster(schema.Facts{Members: map[string]schema.MemberFacts{
					"n1": {Address: "10.0.0.1:1"}, "n2": {Address: "10.0.0.2:1"}}})}
				looks := 0
				backend := raftFake{fake: f, has: func(address string) (schema.Raft, error) {
					raft := schema.Raft{Leader: "10.0.0.2:1", Members: members}
					if address != "10.0.0.2:1" {
						return raft, test.err // n1 knows who leads, and n2 is asked
					}
					if looks++; (looks <= test.looks || test.looks < 0) && !f.asked(call) {
						raft.Members = left
					}
					if test.third > 0 && looks > test.third {
						raft.Members = slices.Concat(members, []schema.RaftMember{{Address: "10.0.0.4:1", Role: schema.Voter}})
					}
					return raft, test.err
				}}
				got, err := runOne(t.Context(), &Engine{Backend: backend}, plan.Step{
					Op: plan.Op{Kind: plan.OpLeaveRaft, LeaveRaft: &plan.LeaveRaft{Member: "n3", Address: gone, Voters: test.voters}}})
				if err != nil {
					t.Fatal(err)
				}
				if f.asked(call) != test.taken {
					t.Errorf("taken out: %t, want %t", f.asked(call), test.taken)
				}
				for _, e := range got {
					if e.Kind == Done && e.Message != test.found {
						t.Errorf("found %q, want %q", e.Message, test.found)
					}
				}
			})
		})
	}
}
