package apply

import (
	"context"
	"slices"
	"testing"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// restarting is a world whose commands on machines fail, and the order in which things are told there.
type restarting struct {
	fake
	told []string
}

func (r *restarting) Run(_ context.Context, member string, c drivers.Command) (drivers.Output, error) {
	r.told = append(r.told, string(c.Task)+" on "+member)
	return drivers.Output{Exit: 1}, nil
}

func TestLockIsToldOfARestartBeforeIt(t *testing.T) {
	t.Parallel()
	world := &restarting{}
	engine := &Engine{Backend: world, Restarting: func() { world.told = append(world.told, "the lock") }}
	restart := plan.Step{ID: "restart", Member: "m1", Op: plan.Op{Kind: plan.OpRestart,
		Shell: &plan.Shell{Task: string(drivers.TaskService), Text: "systemctl restart lxd"},
		Await: &plan.Await{Member: "m1"}}}
	if _, err := engine.Run(t.Context(), &plan.Plan{Steps: []plan.Step{restart}}, &events{}); err == nil {
		t.Error("a command that fails is no failure")
	}
	if want := []string{"the lock", "service on m1"}; !slices.Equal(world.told, want) {
		t.Errorf("told %q, want %q", world.told, want)
	}
}

func TestHeardSinceTheWaitBegan(t *testing.T) {
	t.Parallel()
	facts := schema.Facts{Members: map[string]schema.MemberFacts{
		"m1": {State: schema.StateCreated, Online: true, HeartbeatAge: 2 * time.Second},
		"m2": {State: schema.StateCreated, Online: true, HeartbeatAge: 18 * time.Second},
		"m3": {State: schema.StatePending, HeartbeatAge: time.Hour},
	}}
	if err := notHeard(facts, 19*time.Second); err != nil {
		t.Errorf("all were heard: %v", err)
	}
	if err := notHeard(facts, 3*time.Second); err == nil || err.Error() != "the leader has not heard m2 for 18s" {
		t.Errorf("m2 was not heard: %v", err)
	}
}
