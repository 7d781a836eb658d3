package cmd

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	cmp2 "github.com/google/go-cmp/cmp"
)

// servers are the columns of the table of docs/servers.md.
var servers = []string{"LXD 5.0.2", "LXD of Debian 13", "LXD 5.21.7", "LXD 6.9", "Incus 6.0.4", "Incus 7.0.2", "Incus 7.5.1"}

// cell is a place of that table.
type cell struct{ row, server string }

// TestServersAreAsTheScripts holds the table of docs/servers.md to the scripts of cmd/e2e, each of which says which rows
// it shows, and to testdata/servers.tsv, which has the rows and what else is true.
func TestServersAreAsTheScripts(t *testing.T) {
	t.Parallel()
	proofs := map[string]*regexp.Regexp{}
	var rows [][]string
	for line := range strings.Lines(read(t, "testdata/servers.tsv")) {
		if row := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(row) == len(servers)+2 {
			rows, proofs[row[0]] = append(rows, row), regexp.MustCompile(row[1])
		}
	}
	scripts := showing(t, proofs)
	table := "| | " + strings.Join(servers, " | ") + " |\n|" + strings.Repeat("---|", len(servers)+1) + "\n"
	for _, row := range rows {
		table += "| " + row[0] + " |"
		for i, server := range servers {
			words := slices.Concat(scripts[cell{row[0], server}], row[i+2:i+3])
			table += " " + cmp.Or(strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), ", "), "-") + " |"
		}
		table += "\n"
	}
	const file = "../docs/servers.md"
	page := read(t, file)
	there := regexp.MustCompile(`(?m)^\| \| LXD(.*\n)(\|.*\n)*`)
	if got := there.FindString(page); *update && got != "" {
		if err := os.WriteFile(file, []byte(strings.Replace(page, got, table, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp2.Diff(table, got); diff != "" {
		t.Errorf("the table of docs/servers.md (run task reference):\n%s", diff)
	}
}

// shows is how a script says what it shows: on each server that it runs on, or on one.
var shows = regexp.MustCompile(`(?m)^# Shows(?: on (.+))?: (.*)\.$`)

// showing are the scripts of each cell, those of a task last. A script has to have to do with its rows.
func showing(t *testing.T, proofs map[string]*regexp.Regexp) map[cell][]string {
	t.Helper()
	files, err := filepath.Glob("e2e/testdata/*.txtar")
	more, err2 := filepath.Glob("e2e/testdata/incus*/*.txtar")
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	always, byTask := map[cell][]string{}, map[cell][]string{}
	for _, file := range append(files, more...) {
		script := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), "e2e/testdata/"), ".txtar")
		text := read(t, file)
		for _, said := range shows.FindAllStringSubmatch(text, -1) {
			for row := range strings.SplitSeq(said[2], "; ") {
				if proof := proofs[row]; proof == nil || !proof.MatchString(text) {
					t.Errorf("%s shows %q: there is no such row, or it has no %s", script, row, proof)
				}
				for server, task := range runsOn(t, script) {
					at := cell{row, cmp.Or(said[1], server)}
					into := map[bool]map[cell][]string{false: always, true: byTask}[task]
					if !slices.Contains(into[at], "`"+script+"`") {
						into[at] = append(into[at], "`"+script+"`")
					}
				}
			}
		}
	}
	for at, scripts := range byTask {
		scripts[0] = "task " + scripts[0]
		always[at] = append(always[at], scripts...)
	}
	return always
}

// runsOn are the servers on which a script runs, and whether only a task runs it there.
func runsOn(t *testing.T, script string) map[string]bool {
	t.Helper()
	listed := func(file, list string) bool {
		found := regexp.MustCompile(`(?s)` + list + `\s*= \[\]string\{(.*?)\}`).FindStringSubmatch(read(t, file))
		if found == nil {
			t.Fatalf("%s has no %s", file, list)
		}
		return strings.Contains(found[1], `"`+script+`"`)
	}
	out := map[string]bool{}
	switch folder, _, within := strings.Cut(script, "/"); {
	case folder == "incus7":
		out["Incus 7.0.2"] = false
	case within:
		out["Incus 6.0.4"] = false
	default:
		out["LXD 5.0.2"] = false
		if listed("e2e/incus_test.go", "incusShare") {
			out["Incus 6.0.4"] = false
		} else if listed("e2e/incus_test.go", "incusRest") {
			out["Incus 6.0.4"] = true
		}
	}
	if listed("e2e/incus7_test.go", "incus7Share") {
		out["Incus 7.0.2"] = false
	}
	return out
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
