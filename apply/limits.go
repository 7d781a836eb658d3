package apply

import (
	"cmp"
	"time"

	"clusterctl/plan"
)

// Limits is how long a step may take by the kind of its operation, and how long the waits inside one may.
// A zero field means the value of [DefaultLimits].
type Limits struct {
	Request, Edit, Bootstrap, Join, Settle, Remove, Evacuate, Move, Upload, Copies, Shell, Await time.Duration
	// Hung is how long a join's operation may run before the joiner is asked whether it hangs.
	Hung time.Duration
	// Answer is how long the joiner is given for that answer.
	Answer time.Duration
	// Flip is how long a member may be unreachable or show another certificate while it enters the cluster.
	Flip time.Duration
	// Read is how long the reading at the end of a run may take.
	Read time.Duration
	// Cleanup is how long tidying up after a failed join may take.
	Cleanup time.Duration
}

// DefaultLimits returns the limits that are used where nobody says otherwise. A join of LXD 5.0.2 takes 1 to
// 3 s, 9 s when the leader dies meanwhile; a joiner waits 60 s for the database's leader before it gives up.
func DefaultLimits() Limits {
	return Limits{
		Request: 5 * time.Minute, Edit: time.Minute, Bootstrap: 2 * time.Minute, Join: 2 * time.Minute, Settle: 3 * time.Minute,
		Remove: 2 * time.Minute, Evacuate: 30 * time.Minute, Move: 4 * time.Hour, Upload: 30 * time.Minute, Copies: 5 * time.Minute, Shell: 20 * time.Minute, Await: 10 * time.Minute,
		Hung: 20 * time.Second, Answer: 5 * time.Second, Flip: 15 * time.Second, Cleanup: 15 * time.Second, Read: time.Minute,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	return Limits{
		Request: cmp.Or(l.Request, d.Request), Edit: cmp.Or(l.Edit, d.Edit), Bootstrap: cmp.Or(l.Bootstrap, d.Bootstrap),
		Join: cmp.Or(l.Join, d.Join), Settle: cmp.Or(l.Settle, d.Settle),
		Remove: cmp.Or(l.Remove, d.Remove), Evacuate: cmp.Or(l.Evacuate, d.Evacuate),
		Move: cmp.Or(l.Move, d.Move), Upload: cmp.Or(l.Upload, d.Upload), Copies: cmp.Or(l.Copies, d.Copies), Shell: cmp.Or(l.Shell, d.Shell), Await: cmp.Or(l.Await, d.Await), Hung: cmp.Or(l.Hung, d.Hung),
		Answer: cmp.Or(l.Answer, d.Answer), Flip: cmp.Or(l.Flip, d.Flip), Cleanup: cmp.Or(l.Cleanup, d.Cleanup), Read: cmp.Or(l.Read, d.Read),
	}
}

// of returns the limit for a step of that kind.
func (l Limits) of(kind plan.OpKind) time.Duration {
	switch kind {
	case plan.OpEdit:
		return l.Edit
	case plan.OpBootstrap:
		return l.Bootstrap
	case plan.OpJoin:
		return l.Join
	case plan.OpSettle:
		return l.Settle
	case plan.OpRemove:
		return l.Remove
	case plan.OpEvacuate:
		return l.Evacuate
	case plan.OpMove:
		return l.Move
	case plan.OpUpload, plan.OpPull:
		return l.Upload
	case plan.OpCopies:
		return l.Copies
	case plan.OpShell:
		return l.Shell
	case plan.OpAwait, plan.OpRestart:
		return l.Await
	default:
		return l.Request
	}
}
