package render

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"clusterctl/apply"
	"clusterctl/cmd/session"
	"clusterctl/plan"
)

// StepsJUnit collects the events of a run as tests: a step is one, and one more is how the run ended.
type StepsJUnit struct {
	tests []junit.Testcase
	// of has where in tests a step is.
	of map[plan.StepID]int
}

// Event implements apply.Sink. A step that is not found done in the end has failed, whatever was said before.
func (j *StepsJUnit) Event(e apply.Event) {
	test := junit.Testcase{Name: clean(e.Step.Title), Classname: clean(where(e.Step)), Time: seconds(e.Took)}
	switch e.Kind {
	case apply.Done:
	case apply.Failed:
		test.Failure = &junit.Result{Message: Clean(e.Err.Error()), Type: session.ErrorKind(e.Err)}
	case apply.Skipped:
		test.Skipped = &junit.Result{Message: Clean(e.Message)}
	default:
		return
	}
	if i, again := j.of[e.Step.ID]; again {
		j.tests[i].Failure = test.Failure
		return
	}
	if j.of == nil {
		j.of = map[plan.StepID]int{}
	}
	j.of[e.Step.ID] = len(j.tests)
	j.tests = append(j.tests, test)
}

// End writes the report.
func (j *StepsJUnit) End(w io.Writer, r session.Result) {
	end := junit.Testcase{Name: "apply", Classname: "cluster"}
	if r.ExitCode != 0 {
		end.Failure = &junit.Result{Message: Clean(r.Error), Type: r.Result, Data: Clean(r.Hint)}
	}
	writeJUnit(w, "apply", time.Duration(r.TookMS)*time.Millisecond, append(j.tests, end))
}

// FindingsJUnit writes a diagnosis as tests that failed, checks that could not be made as skipped ones.
// took is how long it took.
func FindingsJUnit(w io.Writer, d *session.Diagnosis, took time.Duration) {
	tests := []junit.Testcase{}
	for _, f := range d.Findings {
		tests = append(tests, junit.Testcase{Name: clean(f.Summary), Classname: string(f.Code),
			Failure: &junit.Result{Message: oneText(f.Diagnostic), Type: string(f.Severity)}})
	}
	for _, u := range d.Unmade {
		tests = append(tests, junit.Testcase{Name: clean(unmadeLine(u)), Classname: "unmade",
			Skipped: &junit.Result{Message: cmp.Or(clean(u.Cause), "not looked at")}})
	}
	if len(tests) == 0 {
		tests = append(tests, junit.Testcase{Name: "nothing is wrong", Classname: "cluster"})
	}
	writeJUnit(w, "doctor", took, tests)
}

func writeJUnit(w io.Writer, name string, took time.Duration, tests []junit.Testcase) {
	suite := junit.Testsuite{Name: "clusterctl " + name, Time: seconds(took)}
	for _, t := range tests {
		suite.AddTestcase(t)
	}
	var all junit.Testsuites
	all.AddSuite(suite)
	_ = all.WriteXML(w) // a reader that went away is noticed by whoever writes
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
