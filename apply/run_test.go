package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// job is a step of these tests: what it needs, how many seconds it takes, whether it is serial or fails.
type job struct {
	id     string
	needs  string
	takes  int
	serial bool
	fails  bool
}

func jobs(all []job) ([]plan.Step, *fake) {
	var steps []plan.Step
	world := &fake{script: map[string]answer{}}
	for _, j := range all {
		var needs []plan.StepID
		for _, need := range strings.Fields(j.needs) {
			needs = append(needs, plan.StepID(need))
		}
		result := says("{}")
		if j.fails {
			result = fails(drivers.Internal, "no space left")
		}
		path := "/1.0/" + j.id
		world.script["* POST "+path] = after(time.Duration(j.takes)*time.Second, result)
		var sections []plan.Section
		if j.serial {
			sections = []plan.Section{plan.SectionCluster}
		}
		steps = append(steps, plan.Step{ID: plan.StepID(j.id), Title: "Do " + j.id, Needs: needs, Sections: sections,
			Op: plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "POST", Path: path}}})
	}
	return steps, world
}

// trace writes the events as "SECOND:STEP+" for a start, "-" for done, "!" for failed, "~" for skipped.
func trace(all events) string {
	signs := map[EventKind]string{Started: "+", Done: "-", Failed: "!", Skipped: "~"}
	var out []string
	for _, e := range all {
		if sign, ok := signs[e.Kind]; ok {
			out = append(out, fmt.Sprintf("%d:%s%s", e.Time.Sub(all[0].Time)/time.Second, e.Step.ID, sign))
		}
	}
	return strings.Join(out, " ")
}

func TestRunOrdersSteps(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		jobs        []job
		parallelism int
		stop, end   int // seconds after which Stop is closed, or the context ends
		want        string
		err         string
	}{
		"one at a time in the order of the plan": {
			jobs: []job{{id: "a", takes: 2}, {id: "b", takes: 2}, {id: "c", needs: "a", takes: 2}}, parallelism: 1,
			want: "0:a+ 2:a- 2:b+ 4:b- 4:c+ 6:c-",
		},
		"as many at once as allowed": {
			jobs: []job{{id: "a", takes: 2}, {id: "b", takes: 3}, {id: "c", takes: 2}}, parallelism: 2,
			want: "0:a+ 0:b+ 2:a- 2:c+ 3:b- 4:c-",
		},
		"four at once when nobody says": {
			jobs: []job{{id: "a", takes: 1}, {id: "b", takes: 2}, {id: "c", takes: 3}, {id: "d", takes: 4}, {id: "e", takes: 5}},
			want: "0:a+ 0:b+ 0:c+ 0:d+ 1:a- 1:e+ 2:b- 3:c- 4:d- 6:e-",
		},
		"after everything it needs": {
			jobs: []job{{id: "a", takes: 2}, {id: "b", takes: 4}, {id: "c", needs: "a b", takes: 2}, {id: "d", needs: "a", takes: 5}},
			want: "0:a+ 0:b+ 2:a- 2:d+ 4:b- 4:c+ 6:c- 7:d-",
		},
		"a serial step never beside another": {
			jobs: []job{{id: "a", takes: 2, serial: true}, {id: "b", takes: 2, serial: true}, {id: "c", takes: 3}},
			want: "0:a+ 0:c+ 2:a- 2:b+ 3:c- 4:b-",
		},
		"a failure lets the running ones end and starts nothing": {
			jobs: []job{{id: "a", takes: 2, fails: true}, {id: "b", takes: 4}, {id: "c", needs: "a"}, {id: "d", needs: "b"}, {id: "e", needs: "c"}},
			want: "0:a+ 0:b+ 2:a! 4:b- 4:c~ 4:d~ 4:e~",
			err:  "Do a: POST /1.0/a: no space left",
		},
		"Stop lets the running ones end": {
			jobs: []job{{id: "a", takes: 2}, {id: "b", needs: "a"}}, stop: 1,
			want: "0:a+ 2:a- 2:b~",
			err:  "stopped before every step was tried",
		},
		"Stop during the last step changes nothing": {
			jobs: []job{{id: "a", takes: 2}}, stop: 1,
			want: "0:a+ 2:a-",
		},
		"the end of the context gives up the running ones": {
			jobs: []job{{id: "a", takes: 9}, {id: "b", needs: "a"}}, end: 1,
			want: "0:a+ 1:a! 1:b~",
			err:  "Do a: waiting for POST /1.0/a: stopped; the daemon may still finish it: context canceled\nstopped before every step was tried",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				steps, world := jobs(test.jobs)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				stop := make(chan struct{})
				if test.stop > 0 {
					time.AfterFunc(time.Duration(test.stop)*time.Second, func() { close(stop) })
				}
				if test.end > 0 {
					time.AfterFunc(time.Duration(test.end)*time.Second, cancel)
				}
				var got events
				engine := &Engine{Backend: world, Parallelism: test.parallelism, Stop: stop}
				outcome, err := engine.Run(ctx, &plan.Plan{Steps: steps}, &got)
				if trace(got) != test.want {
					t.Errorf("got  %s\nwant %s", trace(got), test.want)
				}
				if text := errorOf(err); text != test.err {
					t.Errorf("got error %q\nwant %q", text, test.err)
				}
				checkFrame(t, got, outcome, len(steps))
			})
		})
	}
}

// checkFrame checks what is true of the events of every run.
func checkFrame(t *testing.T, got events, outcome Outcome, steps int) {
	t.Helper()
	for i, e := range got {
		if e.Seq != i+1 {
			t.Errorf("event %d has number %d", i+1, e.Seq)
		}
	}
	first, last := got[0], got[len(got)-1]
	if first.Kind != Planned || len(first.Steps) != steps || last.Kind != Finished || last.Outcome == nil {
		t.Errorf("the run begins with %v and ends with %v", first, last)
	}
	if outcome.Done+outcome.Failed+outcome.Skipped != steps {
		t.Errorf("%d done, %d failed, %d skipped of %d", outcome.Done, outcome.Failed, outcome.Skipped, steps)
	}
}

func errorOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestSkippedStepsSayWhy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		steps, world := jobs([]job{{id: "a", fails: true}, {id: "b", needs: "a"}, {id: "c", needs: "b"}, {id: "d"}})
		var got events
		_, _ = (&Engine{Backend: world, Parallelism: 1}).Run(t.Context(), &plan.Plan{Steps: steps}, &got)
		want := []string{`it needs "Do a", which failed`, `it needs "Do a", which failed`, `"Do a" failed before it`}
		for _, e := range got {
			if e.Kind == Skipped {
				if e.Message != want[0] {
					t.Errorf("%s: got %q, want %q", e.Step.ID, e.Message, want[0])
				}
				want = want[1:]
			}
		}
		if len(want) > 0 {
			t.Errorf("not skipped: %q", want)
		}
	})
}

func TestNothingStartsWithoutTheLock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		steps, world := jobs([]job{{id: "a", takes: 2}, {id: "b", takes: 5}, {id: "c", needs: "a"}})
		began, lost := time.Now(), &LostError{By: Lease{ID: "other", Owner: "anna", Host: "ci"}}
		engine := &Engine{Backend: world, Fence: func(context.Context) error {
			if time.Since(began) > time.Second {
				return lost
			}
			return nil
		}}
		var got events
		outcome, err := engine.Run(t.Context(), &plan.Plan{Steps: steps}, &got)
		if want := "0:a+ 0:b+ 2:a- 5:b- 5:c~"; trace(got) != want {
			t.Errorf("got  %s\nwant %s", trace(got), want)
		}
		if !errors.Is(err, lost) || !errors.Is(err, ErrStopped) || !outcome.Stopped {
			t.Errorf("got %v and %+v, want that the lock was lost and the run stopped", err, outcome)
		}
	})
}

func TestSilentStepShowsALifeSign(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		steps, world := jobs([]job{{id: "a", takes: 70}, {id: "b", takes: 40}})
		var got events
		if _, err := (&Engine{Backend: world}).Run(t.Context(), &plan.Plan{Steps: steps}, &got); err != nil {
			t.Fatal(err)
		}
		var signs []string
		for _, e := range got {
			if e.Kind == Progress {
				signs = append(signs, fmt.Sprintf("%s %s %s", e.Step.ID, e.Took, e.Message))
			}
		}
		want := "a 1s waiting for POST /1.0/a|b 1s waiting for POST /1.0/b|a 31s waiting for POST /1.0/a|b 31s waiting for POST /1.0/b|a 1m1s waiting for POST /1.0/a"
		if text := strings.Join(signs, "|"); !sameSet(text, want) {
			t.Errorf("got  %s\nwant %s", text, want)
		}
	})
}

// sameSet compares two lists whose simultaneous entries have no order.
func sameSet(a, b string) bool {
	for _, entry := range strings.Split(a, "|") {
		if !strings.Contains(b, entry) {
			return false
		}
	}
	return len(a) == len(b)
}

func TestProgressIsLimitedToOneASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		steps, world := jobs([]job{{id: "a"}})
		var got events
		r := newRun(&Engine{Backend: world}, &plan.Plan{Steps: steps}, &got)
		r.steps[0] = stepRun{began: time.Now(), reported: time.Now()}
		for i := range 25 {
			r.hear(message{text: fmt.Sprint("part ", i)})
			time.Sleep(100 * time.Millisecond) // the clock of the test
		}
		var texts []string
		for _, e := range got {
			texts = append(texts, e.Message)
		}
		if text := strings.Join(texts, ","); text != "part 0,part 10,part 20" {
			t.Errorf("got %s", text)
		}
	})
}

func TestLimitSaysWhatWasWaitedForAndHowToLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		steps, world := jobs([]job{{id: "a", takes: 100}})
		_, err := (&Engine{Backend: world, Limits: Limits{Request: 10 * time.Second}}).Run(t.Context(), &plan.Plan{Steps: steps}, &events{})
		want := "Do a: waiting for POST /1.0/a: no end after 10s; look with `lxc operation list` and `lxc warning list` whether it still runs, then apply again"
		if errorOf(err) != want || !drivers.Is(err, drivers.Timeout) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

func TestRunRefusesBadPlans(t *testing.T) {
	t.Parallel()
	a, b := plan.Step{ID: "a", Needs: []plan.StepID{"b"}}, plan.Step{ID: "b"}
	tests := map[string]struct {
		plan plan.Plan
		want string
	}{
		"refused":        {plan.Plan{Diagnostics: schema.Diagnostics{{Severity: schema.SeverityRefusal}}}, ErrRefused.Error()},
		"a later need":   {plan.Plan{Steps: []plan.Step{a, b}}, "checking the plan: step a needs b, which does not come before it"},
		"the same twice": {plan.Plan{Steps: []plan.Step{b, b}}, `checking the plan: two steps are called "b"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got events
			_, err := (&Engine{}).Run(t.Context(), &test.plan, &got)
			if errorOf(err) != test.want || len(got) > 0 {
				t.Errorf("got %v and %d events, want %s", err, len(got), test.want)
			}
		})
	}
}

func TestRunReadsBackWhatWasPromised(t *testing.T) {
	t.Parallel()
	pool := schema.Ref{Kind: schema.KindStoragePool, Name: "fast"}
	tests := map[string]struct {
		live   schema.Cluster
		unread error
		want   string
	}{
		"kept":      {live: schema.NewCluster(schema.Facts{}, schema.Object{Ref: pool, State: schema.StateCreated})},
		"not kept":  {live: schema.NewCluster(schema.Facts{}, schema.Object{Ref: pool, State: schema.StateErrored}), want: "Do a: checking storage_pool/fast: expected it to be created, found it errored"},
		"not there": {want: "Do a: checking storage_pool/fast: it is not there"},
		"unread":    {unread: errors.New("no leader"), want: "reading the cluster to check what was done: no leader"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps, world := jobs([]job{{id: "a"}})
			steps[0].Expect = plan.Expect{Ref: pool, State: schema.StateCreated}
			world.live, world.unread = test.live, test.unread
			var got events
			outcome, err := (&Engine{Backend: world}).Run(t.Context(), &plan.Plan{Steps: steps}, &got)
			if errorOf(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			checkFrame(t, got, outcome, 1)
		})
	}
}
