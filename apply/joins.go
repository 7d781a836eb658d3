package apply

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
)

// joins remembers what the joins of a run have in common, and their operations for the steps that settle them.
type joins struct {
	mu sync.Mutex
	// operations are the joins that were started, admitted the servers that were let in and whose joins have not begun,
	// by member.
	operations map[string]startedJoin
	admitted   map[string]attempt
	// had are the pools and networks that the cluster had before the first join: beside the end of another one it takes
	// a third of a second to read them (lxd 5.0.2, measured). cluster is what it says of itself.
	had     once[[]string]
	cluster once[drivers.Server]
}

type startedJoin struct {
	attempt
	operation string
	began     time.Time
}

func newJoins() *joins {
	return &joins{operations: map[string]startedJoin{}, admitted: map[string]attempt{}}
}

func (j *joins) put(name string, s startedJoin) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.operations[name] = s
}

func (j *joins) get(name string) (startedJoin, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, ok := j.operations[name]
	return s, ok
}

func (j *joins) admit(a attempt) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.admitted[a.join.Name] = a
}

// take returns the server that was let in, for the one who joins it or takes that back.
func (j *joins) take(name string) (a attempt, admitted bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	a, admitted = j.admitted[name]
	delete(j.admitted, name)
	return a, admitted
}

// once is something that is asked for once in a run, and again after a failure.
type once[T any] struct {
	mu    sync.Mutex
	known bool
	value T
}

func (o *once[T]) get(ask func() (T, error)) (T, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known {
		return o.value, nil
	}
	value, err := ask()
	if err == nil {
		o.value, o.known = value, true
	}
	return value, err
}

// sides are a joiner and the cluster, as both say before the join.
type sides struct {
	joiner, cluster drivers.Server
	members         []member
	now             clustering
}

// ask asks both at once: before every join there is nothing else to wait for. A second PUT /1.0/cluster must never be
// sent: whether the joiner is in a cluster is asked here. Its members are also there when the joiner gives no answer.
func (a *attempt) ask(ctx context.Context) (s sides, err error) {
	t, known := a.task, a.task.joins
	var group errgroup.Group
	group.Go(func() (err error) {
		asked := time.Now()
		s.members, err = t.members(ctx)
		a.slow = time.Since(asked)
		return err
	})
	group.Go(func() error {
		_, err := t.get(ctx, a.joiner, "/1.0/cluster", nil, &s.now)
		return err
	})
	let, admitted := known.take(a.join.Name)
	if a.certificate, a.added, a.admitted = let.certificate, let.added, admitted; !admitted {
		group.Go(func() (err error) {
			s.joiner, err = t.server(ctx, a.joiner)
			return err
		})
	}
	if a.join.Certificate == "" {
		group.Go(func() (err error) {
			s.cluster, err = known.cluster.get(func() (drivers.Server, error) { return t.server(ctx, "") })
			return err
		})
	}
	group.Go(func() error {
		a.had, _ = known.had.get(func() ([]string, error) { return t.holdings(ctx) }) // a help for people, no more
		return nil
	})
	err = group.Wait()
	return s, err
}
