package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Run is one run in the journal.
type Run struct {
	Name  string    `json:"name"`
	Began time.Time `json:"began"`
	// Words are the command line, as far as it has to be typed again.
	Words []string `json:"words"`
	Owner string   `json:"owner"`
	// Result is how it ended, empty when that was not noted: it still runs, or has died.
	Result   string `json:"result"`
	ExitCode int    `json:"exit_code"`
	Done     int    `json:"done"`
	Failed   int    `json:"failed"`
}

// runBegins is the first line of a run's file.
type runBegins struct {
	Format int       `json:"format_version"`
	Kind   string    `json:"kind"`
	Time   time.Time `json:"time"`
	Words  []string  `json:"words"`
	Owner  string    `json:"owner"`
}

// RunBegins writes the first line of a run's file; events and the outcome follow.
func RunBegins(w io.Writer, began time.Time, words []string, owner string) error {
	return json.NewEncoder(w).Encode(runBegins{Format: EventsFormat, Kind: "run", Time: began, Words: words, Owner: owner})
}

// ReadRun reads a run's file; ok is false for one that is none.
func ReadRun(name string, data []byte) (run Run, ok bool) {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	var begins runBegins
	if json.Unmarshal(first, &begins) != nil || begins.Kind != "run" {
		return Run{}, false
	}
	run = Run{Name: name, Began: begins.Time, Words: begins.Words, Owner: begins.Owner}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	var outcome struct {
		Kind string
		Result
	}
	if json.Unmarshal(lines[len(lines)-1], &outcome) == nil && outcome.Kind == "outcome" {
		r := outcome.Result
		run.Result, run.ExitCode, run.Done, run.Failed = r.Result, r.ExitCode, r.Done, r.Failed
	}
	return run, true
}

// Runs lists runs for people.
func Runs(w io.Writer, runs []Run) error {
	if len(runs) == 0 {
		_, err := fmt.Fprintln(w, "The journal is empty.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RUN\tBY\tRESULT\tDONE\tFAILED\tCOMMAND")
	for _, r := range runs {
		result := r.Result
		if result == "" {
			result = "no end noted"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\n", clean(r.Name), clean(r.Owner), clean(result), r.Done, r.Failed, clean(strings.Join(r.Words, " ")))
	}
	return table.Flush()
}

// RunsJSON lists runs for programs.
func RunsJSON(w io.Writer, runs []Run) error {
	return JSON(w, struct {
		Format int   `json:"format_version"`
		Runs   []Run `json:"runs"`
	}{1, append([]Run{}, runs...)})
}

// RunEvents writes the events of a run's file for people, one per line.
func RunEvents(w io.Writer, data []byte) error {
	for line := range bytes.Lines(data) {
		var e struct {
			Kind, Message, Error, Result string
			Time                         time.Time
			Words                        []string
			Step                         *stepLine
		}
		if json.Unmarshal(line, &e) != nil {
			continue // the last line of a run that died
		}
		what := strings.Join(e.Words, " ")
		if e.Step != nil {
			what = e.Step.Title
		}
		text := strings.Join(strings.Fields(strings.Join([]string{what, e.Result, e.Message, e.Error}, " ")), " ")
		at := "                    "
		if !e.Time.IsZero() {
			at = e.Time.UTC().Format(time.RFC3339)
		}
		if _, err := fmt.Fprintf(w, "%s  %-8s  %s\n", at, clean(e.Kind), clean(text)); err != nil {
			return err
		}
	}
	return nil
}
