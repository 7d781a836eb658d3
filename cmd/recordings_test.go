package cmd_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"clusterctl/cmd/session"
)

// membersOf is the section members: of an export.
var membersOf = regexp.MustCompile(`(?m)^members:\n([ -].*\n)*`)

// TestRecordings exports the databases of real clusters of six versions, judges that for the version and plans it:
// nothing differs. It runs where CLUSTERCTL_RECORDINGS names their folder; they are not ours to copy.
func TestRecordings(t *testing.T) {
	folder := os.Getenv("CLUSTERCTL_RECORDINGS")
	if folder == "" {
		t.Skip("CLUSTERCTL_RECORDINGS names no folder of recordings")
	}
	dumps, err := filepath.Glob(filepath.Join(folder, "*", "dump.sql"))
	if err != nil || len(dumps) < 6 {
		t.Fatalf("got %d recordings: %v", len(dumps), err)
	}
	for _, dump := range dumps {
		server := filepath.Base(filepath.Dir(dump))
		p := newPerson(t, "")
		run := func(args ...string) {
			t.Helper()
			p.out.Reset()
			if got := p.run(strings.NewReader(""), args...); got != session.ExitDone {
				t.Fatalf("%s: %v: exit code %d\n%s%s", server, args, got, &p.out, &p.err)
			}
		}
		run("export", "--from-dump", dump)
		exported := p.out.String()
		file := p.write(t, "export.yaml", exported)
		run("validate", "--server", server, file)
		if strings.Contains(p.out.String(), "not-supported") {
			t.Errorf("%s: %s", server, &p.out)
		}
		run("plan", "--detailed-exitcode", "--from-dump", dump, file)
		if !strings.Contains(p.out.String(), "No changes") {
			t.Errorf("%s: %s", server, &p.out)
		}
		run("plan", "--from-dump", dump, p.write(t, "profile.yaml", "profiles: [{name: rehearsed}]\n"))
		if !strings.Contains(p.out.String(), "\nRehearsed on a copy of the cluster.\n") {
			t.Errorf("%s: a new profile: %s", server, &p.out)
		}
		// Of the certificates only those of people go when none is declared, never the members' own.
		pruned := p.write(t, "prune.yaml", "clusterctl: {prune: [certificates]}\n"+membersOf.FindString(exported))
		p.out.Reset()
		p.run(strings.NewReader(""), "plan", "--from-dump", dump, pruned)
		for _, consent := range regexp.MustCompile(`--allow-destroy certificate/([a-z0-9]+)`).FindAllStringSubmatch(p.out.String(), -1) {
			if !slices.Contains([]string{"ci", "ops", "prom", "desc"}, consent[1]) {
				t.Errorf("%s: pruning certificates would delete %s", server, consent[1])
			}
		}
		if got := strings.Count(p.out.String(), "Delete certificate"); got < 3 {
			t.Errorf("%s: pruning certificates would delete %d", server, got)
		}
	}
}
