package apply

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"clusterctl/drivers"
	"clusterctl/plan"
)

const (
	listPath = "/1.0/storage-pools/local/volumes/custom"
	dataPath = listPath + "/data"
)

// at answers by the member that a call is aimed at.
func at(answers map[string]answer) answer {
	return func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
		if a, ok := answers[c.Query["target"]]; ok {
			return a(ctx, c)
		}
		return fails(drivers.NotFound, "Storage volume not found")(ctx, c)
	}
}

// moving is a cluster in which the volume data can go from m3 to m1. Its copy is there once it is asked for.
func moving() map[string]answer {
	original := `{"description":"shop","content_type":"filesystem","config":{"size":"1GiB","volatile.idmap.next":"[1]"}}`
	copied := `{"description":"shop","content_type":"filesystem","config":{"size":"1073741824","volatile.idmap.next":"[2]","user.clusterctl.moved_from":"m3"}}`
	const before, after = `{"name":"data","location":"m3"},{"name":"data/s1","location":"m3"},{"name":"data/s9","location":"m2"}`, `{"name":"data/s1","location":"m1"}`
	return map[string]answer{
		"* GET " + dataPath:               at(map[string]answer{"m3": says(original), "m1": inTurn(fails(drivers.NotFound, "none"), says(copied))}),
		"* GET " + listPath:               inTurn(says("["+before+"]"), says("["+before+","+after+"]")),
		"* GET /1.0":                      says(`{"environment":{"certificate":"the cluster's"}}`),
		"* POST " + dataPath:              at(map[string]answer{"m3": starts("/1.0/operations/from", `{"metadata":{"control":"c","fs":"f"}}`)}),
		"* POST " + listPath:              at(map[string]answer{"m1": starts("/1.0/operations/to", `{}`)}),
		"* GET /1.0/operations/to/wait":   says(`{"status_code":200}`),
		"* GET /1.0/operations/from/wait": says(`{"status_code":200}`),
		"* DELETE /1.0/operations/from":   fails(drivers.Invalid, "This operation can't be cancelled"),
		"* DELETE " + dataPath:            at(map[string]answer{"m3": says(`{}`)}),
		"* PUT " + dataPath:               at(map[string]answer{"m1": says(`{}`)}),
	}
}

func moveStep() plan.Step {
	return plan.Step{Op: plan.Op{Kind: plan.OpMove, Move: &plan.Move{Pool: "local", Name: "data", From: "m3", To: "m1", Address: "10.0.0.3:8443"}}}
}

func TestMoveCopiesThenDeletes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		world := &fake{script: moving()}
		_, err := runOne(t.Context(), &Engine{Backend: world}, moveStep())
		want := []string{"* GET " + dataPath, "* GET " + listPath, "* GET " + dataPath, "* GET /1.0", "* POST " + dataPath, "* POST " + listPath,
			"* GET /1.0/operations/to/wait", "* GET /1.0/operations/from/wait", "* GET " + dataPath, "* GET " + listPath,
			"* DELETE " + dataPath, "* GET " + dataPath, "* PUT " + dataPath}
		if err != nil || !slices.Equal(world.calls, want) {
			t.Errorf("got %v after %q, want %q", err, world.calls, want)
		}
		bodies := map[string]string{
			"* POST " + dataPath: `{"migration":true,"name":"data","pool":"local","volume_only":false}`,
			"* POST " + listPath: `{"config":{"size":"1GiB","user.clusterctl.moved_from":"m3","volatile.idmap.next":"[1]"},"content_type":"filesystem","description":"shop","name":"data",` +
				`"source":{"certificate":"the cluster's","mode":"pull","name":"data","operation":"https://10.0.0.3:8443/1.0/operations/from","pool":"local","refresh":false,` +
				`"secrets":{"control":"c","fs":"f"},"type":"migration","volume_only":false},"type":"custom"}`,
			"* PUT " + dataPath: `{"config":{"size":"1GiB","volatile.idmap.next":"[2]"},"content_type":"filesystem","description":"shop"}`,
		}
		for call, body := range bodies {
			if world.bodies[call] != body {
				t.Errorf("%s sent\n%s\nwant\n%s", call, world.bodies[call], body)
			}
		}
	})
}

// Whatever fails, the original is deleted only when the copy is whole.
func TestMoveKeepsTheOriginal(t *testing.T) {
	t.Parallel()
	const both = "; m3 has it still, and m1 has a copy with user.clusterctl.moved_from set: nothing was deleted; plan again to hear how to go on"
	const kept = "; nothing was deleted: m3 still has it"
	failure := says(`{"status_code":400,"description":"Copying storage volume","err":"no space left"}`)
	for name, test := range map[string]struct {
		change map[string]answer
		want   string
		// offered says that the source was asked, withdrawn that its offer was cancelled.
		offered, withdrawn bool
	}{
		"that is in use": {map[string]answer{"* GET " + dataPath: says(`{"used_by":["/1.0/instances/c1"]}`)},
			"/1.0/instances/c1 uses it on m3, and LXD deletes no volume that is in use; nothing was moved", false, false},
		"of a name that the target has": {map[string]answer{"* GET " + dataPath: says(`{}`)}, "m1 has one of that name; nothing was moved: plan again", false, false},
		"that is gone":                  {map[string]answer{"* GET " + dataPath: fails(drivers.NotFound, "none")}, "GET " + dataPath + ": none", false, false},
		"that is refused":               {map[string]answer{"* POST " + listPath: fails(drivers.Conflict, "taken")}, "POST " + listPath + ": taken" + kept, true, true},
		"that is not copied":            {map[string]answer{"* GET /1.0/operations/to/wait": failure}, "Copying storage volume: no space left" + kept, true, true},
		"whose copy is forgotten": {map[string]answer{"* GET /1.0/operations/to/wait": fails(drivers.NotFound, "Operation not found")},
			"m1 does not know any more whether it has copied it: GET /1.0/operations/to/wait: Operation not found" + kept, true, true},
		"that is not sent": {map[string]answer{"* GET /1.0/operations/from/wait": failure}, "Copying storage volume: no space left" + both, true, false},
		"without its snapshots": {map[string]answer{"* GET " + listPath: says(`[{"name":"data","location":"m3"},{"name":"data/s1","location":"m3"}]`)},
			"the copy on m1 has the snapshots [] instead of [s1]" + both, true, false},
		"with another content": {map[string]answer{"* GET " + dataPath: at(map[string]answer{"m3": says(`{"content_type":"block"}`),
			"m1": inTurn(fails(drivers.NotFound, "none"), says(`{"content_type":"filesystem","config":{"user.clusterctl.moved_from":"m3"}}`))})},
			"the copy on m1 has another content type or description" + both, true, false},
		"that somebody else made": {map[string]answer{"* GET " + dataPath: at(map[string]answer{"m3": says(`{}`), "m1": inTurn(fails(drivers.NotFound, "none"), says(`{}`))})},
			"what m1 has is another volume, without user.clusterctl.moved_from" + both, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world := &fake{script: moving()}
				for call, a := range test.change {
					world.script[call] = a
				}
				_, err := runOne(t.Context(), &Engine{Backend: world}, moveStep())
				if got := strings.TrimPrefix(errorOf(err), "Do it: "); got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
				if world.asked("* DELETE "+dataPath) || world.asked("* POST "+dataPath) != test.offered || world.asked("* DELETE /1.0/operations/from") != test.withdrawn {
					t.Errorf("unexpected calls: %q", world.calls)
				}
			})
		})
	}
}

// The answer to the deletion is lost, and the original is gone.
func TestMoveLooksWhetherTheOriginalIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		world := &fake{script: moving()}
		before, gone := world.script["* GET "+dataPath], false
		world.script["* DELETE "+dataPath] = spied(func(drivers.Call) { gone = true }, fails(drivers.Unreachable, "EOF"))
		world.script["* GET "+dataPath] = func(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
			if gone && c.Query["target"] == "m3" {
				return fails(drivers.NotFound, "none")(ctx, c)
			}
			return before(ctx, c)
		}
		if _, err := runOne(t.Context(), &Engine{Backend: world}, moveStep()); err != nil || !world.asked("* PUT "+dataPath) {
			t.Errorf("got %v after %q", err, world.calls)
		}
	})
}

func TestMoveSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ call, want string }{
		"both":     {"* DELETE " + dataPath, "Do it: DELETE " + dataPath + ": no; m3 has it still, and m1 has a copy with user.clusterctl.moved_from set: nothing was deleted; plan again to hear how to go on"},
		"the mark": {"* PUT " + dataPath, "Do it: PUT " + dataPath + ": no; the volume is whole and on m1 alone: all that is left is to set its configuration as it was, without user.clusterctl.moved_from"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world := &fake{script: moving()}
				world.script[test.call] = fails(drivers.Internal, "no")
				if _, err := runOne(t.Context(), &Engine{Backend: world}, moveStep()); errorOf(err) != test.want {
					t.Errorf("got  %v\nwant %s", err, test.want)
				}
			})
		})
	}
}
