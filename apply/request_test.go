package apply

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

func requestStep(kind plan.OpKind, method, path, body string) plan.Step {
	return plan.Step{Op: plan.Op{Kind: kind, Request: &plan.Request{Method: method, Path: path, Body: json.RawMessage(body)}}}
}

func TestRequestWaitsForItsOperation(t *testing.T) {
	t.Parallel()
	const wait = "* GET /1.0/operations/7/wait"
	runs := says(`{"status_code":103}`)
	tests := map[string]struct {
		wait answer
		want string
	}{
		"it ends well":              {inTurn(runs, runs, says(`{"status_code":200}`)), ""},
		"it ends badly":             {inTurn(runs, says(`{"description":"Creating pool","status_code":400,"err":"no space left"}`)), "Do it: Creating pool: no space left"},
		"it is forgotten":           {inTurn(runs, fails(drivers.NotFound, "Operation not found")), ""},
		"the connection breaks":     {inTurn(runs, fails(drivers.Unreachable, "EOF"), says(`{"status_code":200}`)), ""},
		"the connection stays away": {inTurn(runs, fails(drivers.Unreachable, "EOF")), "Do it: GET /1.0/operations/7/wait: EOF"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world := &fake{script: map[string]answer{"* POST /1.0/x": starts("/1.0/operations/7", "{}"), wait: test.wait}}
				_, err := runOne(t.Context(), &Engine{Backend: world}, requestStep(plan.OpRequest, "POST", "/1.0/x", ""))
				if errorOf(err) != test.want {
					t.Errorf("got %v, want %q", err, test.want)
				}
			})
		})
	}
}

func TestDeleteAcceptsThatItIsGone(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{true, false} {
		step := requestStep(plan.OpRequest, "DELETE", "/1.0/profiles/x", "")
		step.Op.Request.Gone = gone
		_, err := runOne(t.Context(), &Engine{Backend: &fake{}}, step)
		if (err == nil) != gone {
			t.Errorf("gone %v: got %v", gone, err)
		}
	}
}

// TestDeleteBelievesInNoOtherLoss has a daemon that does not find what belongs to the object.
func TestDeleteBelievesInNoOtherLoss(t *testing.T) {
	t.Parallel()
	const path = "/1.0/cluster/members/node3"
	for _, kind := range []plan.OpKind{plan.OpRequest, plan.OpRemove} {
		world := &fake{script: map[string]answer{"* GET " + path: says("{}"),
			"* DELETE " + path: fails(drivers.NotFound, "Identity not found")}}
		step := requestStep(kind, "DELETE", path, "")
		step.Op.Request.Gone = true
		_, err := runOne(t.Context(), &Engine{Backend: world}, step)
		if want := "Do it: DELETE " + path + ": Identity not found"; errorOf(err) != want {
			t.Errorf("%s: got %v, want %s", kind, err, want)
		}
	}
}

func TestRemovalIsAskedForAgainWhileTheClusterElects(t *testing.T) {
	t.Parallel()
	const path = "/1.0/cluster/members/node3"
	election := fails(drivers.NoLeader, "no elected leader")
	tests := map[string]struct {
		answer answer
		want   string
	}{
		"at once":           {says("{}"), ""},
		"after an election": {inTurn(election, election, says("{}")), ""},
		"gone meanwhile":    {inTurn(election, fails(drivers.NotFound, "Cluster member not found")), ""},
		"not empty":         {fails(drivers.Internal, "Node still has the following containers: c1"), "Do it: DELETE " + path + ": Node still has the following containers: c1"},
		"for ever":          {election, "Do it: DELETE " + path + ": no elected leader"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var forced string
				look := func(c drivers.Call) { forced = c.Query["force"] }
				world := &fake{script: map[string]answer{"* DELETE " + path: spied(look, test.answer)}}
				step := requestStep(plan.OpRemove, "DELETE", path, "")
				step.Op.Request.Force, step.Op.Request.Gone = true, true
				_, err := runOne(t.Context(), &Engine{Backend: world}, step)
				if errorOf(err) != test.want || forced != "1" {
					t.Errorf("got %v with force=%q, want %q", err, forced, test.want)
				}
			})
		})
	}
}

func TestEvacuationShowsItsProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		moving := after(5*time.Second, says(`{"status_code":103,"metadata":{"evacuation_progress":"Migrating c1"}}`))
		world := &fake{script: map[string]answer{"* POST /1.0/x": starts("/1.0/operations/7", "{}"),
			"* GET /1.0/operations/7/wait": inTurn(moving, moving, says(`{"status_code":200}`))}}
		got, err := runOne(t.Context(), &Engine{Backend: world}, requestStep(plan.OpEvacuate, "POST", "/1.0/x", `{"action":"evacuate"}`))
		shown := slices.ContainsFunc(got, func(e Event) bool { return e.Message == "Migrating c1" })
		if err != nil || !shown {
			t.Errorf("got %v and events %v", err, got)
		}
	})
}

func TestSecretsAreSentAndNeverShown(t *testing.T) {
	t.Parallel()
	const value = "hunter2-hunter2"
	body := fmt.Sprintf(`{"config":{"core.trust_password":%q,"user.n":1},"list":[%q]}`, schema.SecretMark("server/x"), schema.SecretMark("server/x"))
	refuse := fails(drivers.Invalid, "cannot set 'core.trust_password' to '"+value+"': unknown key")
	world := &fake{script: map[string]answer{"* PATCH /1.0": refuse, "* GET /1.0": says(`{"config":{}}`), "* PUT /1.0": refuse}}
	engine := &Engine{Backend: world, Secret: func(string) (string, error) { return value, nil }}
	for _, kind := range []plan.OpKind{plan.OpRequest, plan.OpEdit} {
		got, err := runOne(t.Context(), engine, requestStep(kind, "PATCH", "/1.0", body))
		if !drivers.Is(err, drivers.Invalid) || !strings.Contains(err.Error(), "to '***'") {
			t.Errorf("%s: got %v", kind, err)
		}
		if text := fmt.Sprintf("%+v %v", got, err); strings.Contains(text, value) {
			t.Errorf("%s: the secret shows in %s", kind, text)
		}
	}
	if sent := world.bodies["* PATCH /1.0"]; strings.Count(sent, value) != 2 || strings.Contains(sent, "${secret") {
		t.Errorf("sent %s", sent)
	}
}

func TestMissingSecretStopsBeforeTheCall(t *testing.T) {
	t.Parallel()
	body := fmt.Sprintf(`{"config":{"a":%q}}`, schema.SecretMark("server/x"))
	tests := map[string]struct {
		secret func(string) (string, error)
		want   string
	}{
		"nobody to ask": {nil, `Do it: the plan needs the secret "server/x" and nobody gives its value`},
		"not set":       {func(string) (string, error) { return "", errors.New("X is not set") }, `Do it: getting the secret "server/x": X is not set`},
	}
	for name, test := range tests {
		world := &fake{script: map[string]answer{"* PATCH /1.0": says("{}")}}
		_, err := runOne(t.Context(), &Engine{Backend: world, Secret: test.secret}, requestStep(plan.OpRequest, "PATCH", "/1.0", body))
		if errorOf(err) != test.want || len(world.calls) > 0 {
			t.Errorf("%s: got %v and calls %v", name, err, world.calls)
		}
	}
}

func TestUnknownOperationIsAnError(t *testing.T) {
	t.Parallel()
	_, err := runOne(t.Context(), &Engine{Backend: &fake{}}, plan.Step{Op: plan.Op{Kind: "teleport"}})
	if want := `Do it: step step has an operation "teleport" that this version cannot run`; errorOf(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
