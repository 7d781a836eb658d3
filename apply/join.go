package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// attempt is one try to bring a server into the cluster, with what has to be tidied up when it fails.
type attempt struct {
	task *task
	join plan.Join
	// joiner is the member of the preseed whose daemon joins.
	joiner string
	// certificate is the joiner's own, as it was before the join.
	certificate schema.CertificateEntry
	// tokenOperation holds the token that was minted; empty when none was.
	tokenOperation string
	// given reports that the preseed gives a token.
	given bool
	// minter is the member that made the token, as its operation says.
	minter string
	// admitted reports that an earlier step let the joiner in, added that its certificate was put into the trust store
	// for that, or may have been.
	admitted, added bool
	// had are the pools and networks that the cluster had before.
	had []string
	// slow is how long the cluster took to answer before the join.
	slow time.Duration
}

// join starts the join of the step's member and returns when the leader lists it: from then on its entry in the
// Raft configuration is committed and the next join may start (see docs/joins.md). [task.settle] waits for the rest.
// A join that has failed is tidied up as far as the REST API goes; the error, a *[JoinError], says what is left. One
// that was refused because the member that it asked did not know what lets it in is tried again, once.
func (t *task) join(ctx context.Context, j plan.Join) error {
	err := t.tryJoin(ctx, j)
	var failed *JoinError
	unknown, known := unknownTrust[j.Trust]
	if !known || !errors.As(err, &failed) || failed.End != JoinOver || failed.Left.Database > 0 ||
		failed.Left.Listed || !strings.Contains(err.Error(), unknown) {
		return err
	}
	return t.tryJoin(ctx, j)
}

// tokenUnknown is what a member says that does not find the operation of a token on any member (lxd 5.0.2,
// lxd/certificates.go clusterMemberJoinTokenValid), as just after the leader has changed. certificateUnknown is what a
// joiner says whose certificate was put into the trust store and is not known to the member that it asks, which has
// read the store again at the same time for a heartbeat, see [schema.Apart] (lxd 5.0.2, incus 6.0.4 and later).
const (
	tokenUnknown       = "No matching cluster join operation found"
	certificateUnknown = "Failed getting existing certificate"
)

var unknownTrust = map[plan.Trust]string{
	plan.TrustToken: tokenUnknown, plan.TrustCertificate: certificateUnknown}

func (t *task) tryJoin(ctx context.Context, j plan.Join) error {
	a := &attempt{task: t, join: j, joiner: t.step.Member}
	body, done, err := a.prepare(ctx)
	if err != nil {
		return a.withdraw(ctx, err)
	}
	if done {
		return nil
	}
	t.say("asking %s to join", j.Name)
	reply, err := t.call(ctx, a.joiner, drivers.Call{Method: "PUT", Path: "/1.0/cluster", Body: body})
	if err != nil {
		refused := drivers.Is(err, drivers.Invalid) || drivers.Is(err, drivers.Denied) || drivers.Is(err, drivers.Internal)
		return a.abandon(ctx, err, refused)
	}
	started := startedJoin{operation: reply.Operation, began: time.Now(), attempt: *a}
	t.joins.put(j.Name, started)
	err = a.awaitListed(ctx, started)
	if err == nil && time.Since(started.began) > slowJoin {
		t.letEnd(ctx, started)
	}
	return err
}

// watchEvery is how often the joiner is asked how its join is while the next one waits for the leader to list it: that
// matters only when it fails, and both may share a processor.
const watchEvery = 3 * pollEvery

// slowJoin is how long a join may run until the leader lists the member for the next one to begin beside its end. It
// takes a second or two (lxd 5.0.2); with 300 ms between members it takes more, and the next one runs into the
// daemon's limits then (measured).
const slowJoin = 5 * time.Second

// endOfJoin is how long the next join waits for a slow one at most: with 300 ms between members it ended 16 seconds
// after the member was listed (lxd 5.0.2, measured).
const endOfJoin = time.Minute

// letEnd waits until a join has ended and the member is Online, for a minute at most. What goes wrong is left
// to the step that settles the join, which looks for it, too.
func (t *task) letEnd(ctx context.Context, started startedJoin) {
	ctx, cancel := context.WithTimeout(ctx, endOfJoin)
	defer cancel()
	t.say("waiting for the join of %s to end, as it is slow", started.join.Name)
	watch := joinWatch{task: t, started: started}
	_ = t.poll(ctx, pollEvery, func() (bool, error) {
		watch.await(ctx)
		ended, err := watch.ended(ctx)
		return ended && err == nil && t.online(ctx, started.join.Name) == nil, err
	})
}

// prepare looks whether the server can join, lets it in, and returns the body of PUT /1.0/cluster.
// It reports done when the server is a member already.
func (a *attempt) prepare(ctx context.Context) (body map[string]any, done bool, err error) {
	t, name := a.task, a.join.Name
	t.say("preparing the join of %s", name)
	sides, err := a.ask(ctx)
	switch m, listed := find(sides.members, name); {
	case listed && m.address() == a.join.Address:
		return nil, true, nil
	case listed:
		return nil, false,
			fmt.Errorf("the cluster has a member %s at %s already: give the one at %s another name, or remove that "+
				"member first", name, m.address(), a.join.Address)
	case err != nil:
		return nil, false, err
	case sides.now.Enabled:
		return nil, true, a.awaitEarlier(ctx, sides.now.Name)
	}
	if err := a.certify(sides.joiner); err != nil {
		return nil, false, err
	}
	address, members, err := t.enter(ctx, sides.members)
	if err != nil {
		return nil, false, err
	}
	pinned := cmp.Or(a.join.Certificate, sides.cluster.Environment.Certificate)
	field, value, err := a.trust(ctx, sides.joiner)
	if err != nil {
		return nil, false, err
	}
	if m, ok := find(members, a.minter); ok && m.online() {
		address = m.address() // the only one that knows the token for sure
	}
	body = map[string]any{
		"server_name": name, "enabled": true, "server_address": a.join.Address, "cluster_address": address,
		"cluster_certificate": pinned, "member_config": memberConfig(a.join.MemberConfig), field: value,
	}
	return body, false, nil
}

// memberConfig returns the keys as a list that is never null, which JSON keeps apart.
func memberConfig(keys []plan.MemberKey) []plan.MemberKey {
	return append([]plan.MemberKey{}, keys...)
}

// awaitEarlier waits for the end of a join that this run did not begin, of a server that says it is in a cluster.
func (a *attempt) awaitEarlier(ctx context.Context, name string) error {
	t, until := a.task, time.Now().Add(a.task.limits.Flip)
	elsewhere := fmt.Errorf("the server is already part of a cluster, as %q, and this one does not list it: see docs/joins.md "+
		"(A join that did not end), or correct its connection", name)
	if name != a.join.Name {
		return elsewhere
	}
	t.say("waiting for an earlier join of %s to end", name)
	return t.poll(ctx, pollEvery, func() (bool, error) {
		listed, err := t.listed(ctx, name)
		t.trouble = err // the leader may change or be busy: ask again until the limit
		if !listed && time.Now().After(until) {
			return false, elsewhere
		}
		return listed, nil
	})
}

// awaitListed waits until the leader lists the joiner, or its operation fails, or hangs, or the joiner is gone. An
// operation that has ended without the listing gets limits.Flip more: the leader may just be changing.
func (a *attempt) awaitListed(ctx context.Context, started startedJoin) error {
	t, name := a.task, a.join.Name
	t.say("waiting for the leader to list %s", name)
	watch := joinWatch{task: t, started: started}
	var endedAt, watched time.Time
	err := t.poll(ctx, pollEvery, func() (bool, error) {
		listed, err := t.listed(ctx, name)
		if err != nil {
			t.trouble = err // the leader may change or be busy: ask again until the limit
		}
		if listed || time.Since(watched) < watchEvery {
			return listed, nil
		}
		watched = time.Now()
		ended, err := watch.ended(ctx)
		switch {
		case err != nil:
			return false, err
		case ended && endedAt.IsZero():
			endedAt = time.Now()
		case ended && time.Since(endedAt) > t.limits.Flip:
			return false, errors.New("the join has ended and the leader does not list the member")
		}
		return false, nil
	})
	if err != nil {
		return a.abandon(ctx, err, watch.failed)
	}
	return nil
}
