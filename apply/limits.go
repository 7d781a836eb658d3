package apply

import (
	"cmp"
	"reflect"
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
		Request: 5 * time.Minute, Edit: time.Minute, Bootstrap: 2 * time.Minute, Join: 2 * time.Minute,
		Settle: 3 * time.Minute,
		Remove: 2 * time.Minute, Evacuate: 30 * time.Minute, Move: 4 * time.Hour, Upload: 30 * time.Minute,
		Copies: 5 * time.Minute, Shell: 20 * time.Minute, Await: 10 * time.Minute,
		Hung: 20 * time.Second, Answer: 5 * time.Second, Flip: 15 * time.Second, Cleanup: 15 * time.Second, Read: time.Minute,
	}
}

// orDefault fills the zero fields.
func (l Limits) orDefault() Limits {
	given, usual := reflect.ValueOf(&l).Elem(), reflect.ValueOf(DefaultLimits())
	for i := range given.NumField() {
		if given.Field(i).IsZero() {
			given.Field(i).Set(usual.Field(i))
		}
	}
	return l
}

// of returns the limit for a step of that kind: that of a request where there is none of its own.
func (l Limits) of(kind plan.OpKind) time.Duration {
	return cmp.Or(map[plan.OpKind]time.Duration{
		plan.OpEdit: l.Edit, plan.OpBootstrap: l.Bootstrap, plan.OpJoin: l.Join, plan.OpSettle: l.Settle,
		plan.OpRemove:   l.Remove,
		plan.OpEvacuate: l.Evacuate, plan.OpMove: l.Move, plan.OpUpload: l.Upload, plan.OpPull: l.Upload,
		plan.OpCopies: l.Copies,
		plan.OpShell:  l.Shell, plan.OpAwait: l.Await, plan.OpRestart: l.Await,
	}[kind], l.Request)
}
