package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"clusterctl/cmd/session"
)

// Runs lists runs for people.
func Runs(w io.Writer, runs []session.PastRun) {
	if len(runs) == 0 {
		fmt.Fprintln(w, "The journal is empty.")
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RUN\tBY\tRESULT\tDONE\tFAILED\tCOMMAND")
	for _, r := range runs {
		result := r.Result
		if result == "" {
			result = "no end noted"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\n", clean(r.Name), clean(r.Owner), clean(result), r.Done,
			r.Failed, clean(strings.Join(r.Words, " ")))
	}
	_ = table.Flush()
}

// RunEvents writes the events of a run's file for people, one per line.
func RunEvents(w io.Writer, data []byte) {
	for line := range bytes.Lines(data) {
		var e struct {
			Kind, Message, Error, Result string
			Time                         time.Time
			Words                        []string
			Step                         *struct{ Title string }
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
		fmt.Fprintf(w, "%s  %-8s  %s\n", at, clean(e.Kind), clean(text))
	}
}
