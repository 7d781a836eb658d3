package cmd

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

// testConsole returns one with nobody at the terminal, whose output is not looked at.
func testConsole(vars map[string]string) *console {
	getenv := func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
	return newConsole(Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Getenv: getenv},
		World{Version: "v1.2.3", Now: time.Now})
}

func testApp() *cli.App {
	s := testConsole(nil)
	app := newApp(s)
	app.Setup()
	return app
}

func TestEveryFlagAndCommandHasHelp(t *testing.T) {
	t.Parallel()
	app := testApp()
	meant := map[string]string{} // by each variable
	check := func(where string, flags []cli.Flag) {
		for _, f := range flags {
			name, doc := f.Names()[0], f.(cli.DocGenerationFlag)
			text := usageOf(f)
			switch {
			case text == "":
				t.Errorf("%s: --%s has no help", where, name)
			case name == "plan-key" || name == "help":
				continue // the variable of the first has the key itself, no name of a file
			case len(doc.GetEnvVars()) != 1:
				t.Errorf("%s: --%s has the variables %v", where, name, doc.GetEnvVars())
				continue
			}
			variable := doc.GetEnvVars()[0]
			if variable == "CLUSTERCTL_SANDBOX_DIR" || isOneOf(name, alike) {
				continue
			}
			if meant[variable] != "" && meant[variable] != text {
				t.Errorf("%s means both %q and %q", variable, meant[variable], text)
			}
			meant[variable] = text
		}
	}
	check("clusterctl", app.Flags)
	for _, c := range visible(app) {
		for _, c := range append([]*cli.Command{c}, c.Subcommands...) {
			if c.Usage == "" || c.Description == "" || c.ArgsUsage == "" {
				t.Errorf("%s: needs usage, description and arguments", c.Name)
			}
			check(c.Name, c.Flags)
		}
	}
	for _, variable := range []string{"CLUSTERCTL_PLAN_OUT", "CLUSTERCTL_EXPORT_OUT", "CLUSTERCTL_AUTO_APPROVE"} {
		if meant[variable] == "" {
			t.Errorf("nothing has the variable %s", variable)
		}
	}
}

func TestExitCodesAreDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/exit-codes.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, row := range exitMeanings() {
		want = append(want, fmt.Sprintf("| %d | %s |", row.Code, row.Meaning))
	}
	var got []string
	for line := range strings.Lines(string(doc)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "| ") && line[2] >= '0' && line[2] <= '9' {
			got = append(got, line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/exit-codes.md (-table +document):\n%s", diff)
	}
}

func TestFlagsStandAnywhere(t *testing.T) {
	t.Parallel()
	app := testApp()
	for in, want := range map[string]string{
		"plan a.yaml -o p.json b.yaml":         "plan -o p.json -- a.yaml b.yaml",
		"plan a.yaml --no-color --format json": "--no-color plan --format json -- a.yaml",
		"--log-level debug plan a.yaml":        "--log-level debug plan -- a.yaml",
		"plan --out=p.json -":                  "plan --out=p.json -- -",
		"apply --auto-approve a.yaml":          "apply --auto-approve -- a.yaml",
		"plan -- --strange.yaml":               "plan -- --strange.yaml",
		"plan --nonsense a.yaml":               "plan --nonsense -- a.yaml",
		"plan --out":                           "plan --out --",
		"plan a.yaml --help":                   "plan --help",
		"--help":                               "--help",
		"nonsense --help":                      "nonsense --help",
		"lock break a.yaml --format json":      "lock break --format json -- a.yaml",
		"lock --connect unix:///s break":       "lock break --connect unix:///s --",
		"lock a.yaml --format json":            "lock -- a.yaml",
		"lock break --help":                    "lock break --help",
	} {
		sorted, _ := sortArguments(app, strings.Fields(in))
		got := strings.Join(sorted, " ")
		if got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestColorOnlyOnTerminals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		vars     map[string]string
		terminal bool
		refused  bool
		want     bool
	}{
		{name: "terminal", terminal: true, want: true},
		{name: "pipe"},
		{name: "--no-color", terminal: true, refused: true},
		{name: "NO_COLOR", terminal: true, vars: map[string]string{"NO_COLOR": "1"}},
		{name: "NO_COLOR empty", terminal: true, vars: map[string]string{"NO_COLOR": ""}, want: true},
		{name: "CI", terminal: true, vars: map[string]string{"CI": "true"}, want: true},
		{name: "CI without a terminal", vars: map[string]string{"CI": "true"}},
		{name: "GitHub's log", vars: map[string]string{"CI": "true", "GITHUB_ACTIONS": "true"}, want: true},
		{name: "GitLab's log", vars: map[string]string{"GITLAB_CI": "true", "TERM": "dumb"}, want: true},
		{name: "FORCE_COLOR", vars: map[string]string{"FORCE_COLOR": "1"}, want: true},
		{name: "--no-color wins", refused: true, vars: map[string]string{"FORCE_COLOR": "1"}},
		{name: "NO_COLOR wins", vars: map[string]string{"FORCE_COLOR": "1", "NO_COLOR": "1"}},
		{name: "dumb", terminal: true, vars: map[string]string{"TERM": "dumb"}},
	} {
		s := testConsole(c.vars)
		s.OutTerminal = c.terminal
		if got := s.Streams.color(c.refused); got != c.want {
			t.Errorf("%s: colour %t, want %t", c.name, got, c.want)
		}
	}
}

// gone is output that nobody reads any more, as behind head.
type gone struct{}

func (gone) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
}

func TestNobodyReadsAnyMore(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"man", "version", "schema"} {
		var complaint strings.Builder
		code := Run(Streams{In: strings.NewReader(""), Out: gone{}, Err: &complaint, Getenv: os.LookupEnv},
			World{Version: "v1.2.3", Now: time.Now}, []string{command})
		if code != 0 || complaint.Len() > 0 {
			t.Errorf("%s ends with %d: %s", command, code, complaint.String())
		}
	}
}
