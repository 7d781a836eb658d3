package apply

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
)

// request sends one call as it is and waits for its background operation, if the daemon starts one.
func (t *task) request(ctx context.Context, r plan.Request) error {
	t.say("waiting for %s %s", r.Method, r.Path)
	body, err := t.fill(r.Body)
	if err != nil {
		return err
	}
	reply, err := t.call(ctx, t.step.Member, drivers.Call{Method: r.Method, Path: r.Path, Query: query(r), Body: body})
	if t.gone(ctx, r, err) {
		return nil
	}
	if err == nil {
		err = t.await(ctx, t.step.Member, reply)
	}
	if t.reached(ctx, r, asMap(body)["action"], err) {
		t.found = "it was so already"
		return nil
	}
	return err
}

// gone reports that what a call takes away is not there any more. That a daemon does not find something may also be
// about what belongs to it: LXD 6.9 answers so to the removal of a member without an identity.
func (t *task) gone(ctx context.Context, r plan.Request, err error) bool {
	if !r.Gone || !drivers.Is(err, drivers.NotFound) {
		return false
	}
	_, err = t.call(ctx, t.step.Member, drivers.Call{Method: "GET", Path: r.Path, Query: query(r)})
	return drivers.Is(err, drivers.NotFound)
}

// reached reports that the daemon refuses since the step's aim is reached: by the daemon itself, for a run that was
// killed after this plan was made or just before, or by somebody else. What is otherwise than wished then shows in the
// next plan.
func (t *task) reached(ctx context.Context, r plan.Request, action any, err error) bool {
	kind := drivers.KindOf(err)
	if kind != drivers.Conflict && kind != drivers.Invalid && kind != drivers.Internal {
		return false
	}
	switch want := t.step.Expect; {
	case r.Method == http.MethodPut && strings.HasSuffix(r.Path, "/state"):
		status := map[any]string{"start": "Running", "stop": "Stopped"}[action]
		var instance struct{ Status string }
		_, err := t.get(ctx, t.step.Member, strings.TrimSuffix(r.Path, "/state"), query(r), &instance)
		return err == nil && status != "" && instance.Status == status
	case r.Method == http.MethodPost && want.Ref.Kind != "":
		live, err := t.engine.Backend.Read(ctx)
		return err == nil && unmet(live, want) == nil
	}
	return false
}

// retryEvery is how long a removal waits before it is asked for again.
const retryEvery = time.Second

// remove takes a member out of the cluster. While the cluster elects a leader, or the member that was asked goes
// away, it sends the same call again: a removal that was broken off is taken up where it was (measured on LXD 5.0.2).
func (t *task) remove(ctx context.Context, r plan.Request) error {
	t.say("waiting for %s %s", r.Method, r.Path)
	var troubleSince time.Time
	return t.poll(ctx, retryEvery, func() (bool, error) {
		reply, err := t.call(ctx, t.step.Member, drivers.Call{Method: r.Method, Path: r.Path, Query: query(r)})
		switch {
		case t.gone(ctx, r, err):
			return true, nil
		case err != nil && t.tolerable(err, &troubleSince):
			return false, nil
		case err != nil:
			return false, err
		}
		return true, t.await(ctx, t.step.Member, reply)
	})
}

func query(r plan.Request) map[string]string {
	q := map[string]string{}
	if r.Target != "" {
		q["target"] = r.Target
	}
	if r.Project != "" {
		q["project"] = r.Project
	}
	if r.Force {
		q["force"] = "1"
	}
	return q
}

// await waits for the background operation of an answer; there is none in a synchronous one. An operation that is not
// known any more has ended: LXD 5.0.2 forgets it 5 s after its end. Whether it ended well then shows in the cluster.
func (t *task) await(ctx context.Context, member string, reply drivers.Reply) error {
	err := t.follow(ctx, member, reply)
	if drivers.Is(err, drivers.NotFound) {
		return nil
	}
	return err
}

// follow is await where how it ended matters: an operation that is not known any more is an error of kind NotFound.
func (t *task) follow(ctx context.Context, member string, reply drivers.Reply) error {
	if reply.Operation == "" {
		return nil
	}
	var troubleSince time.Time
	return t.poll(ctx, pollEvery, func() (bool, error) {
		var op drivers.Operation
		_, err := t.get(ctx, member, reply.Operation+"/wait", map[string]string{"timeout": "1"}, &op)
		if drivers.Is(err, drivers.Timeout) {
			_, err = t.get(ctx, member, reply.Operation, nil, &op)
		}
		switch {
		case err != nil && t.tolerable(err, &troubleSince):
			return false, nil
		case err != nil:
			return false, err
		}
		troubleSince = time.Time{}
		if text := progress(op); text != "" {
			t.say("%s", text)
		}
		return op.Final(), operationError(member, op)
	})
}

// progress returns what an operation says of itself, such as its metadata's "evacuation_progress".
func progress(op drivers.Operation) string {
	for _, key := range slices.Sorted(maps.Keys(op.Metadata)) {
		var text string
		if strings.HasSuffix(key, "_progress") && json.Unmarshal(op.Metadata[key], &text) == nil {
			return text
		}
	}
	return ""
}

// operationError returns the failure of an operation that ended badly.
func operationError(member string, op drivers.Operation) error {
	if !op.Final() || (op.Err == "" && op.StatusCode < 400) {
		return nil
	}
	text := op.Err
	if text == "" {
		text = op.Status
	}
	return &drivers.Error{Kind: drivers.Internal, Op: op.Description, Member: member, Err: errorText(text)}
}

// tolerable reports whether a failed reading may be tried again: the connection broke or the certificate
// changed, for less than limits.Flip so far. The time of the first failure is kept in since.
func (t *task) tolerable(err error, since *time.Time) bool {
	if !drivers.KindOf(err).Temporary() && !drivers.Is(err, drivers.Certificate) {
		return false
	}
	t.trouble = err
	if since.IsZero() {
		*since = time.Now()
	}
	return time.Since(*since) < t.limits.Flip
}

// errorText is a daemon's own words as an error.
type errorText string

func (e errorText) Error() string { return string(e) }
