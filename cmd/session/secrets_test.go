package session

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clusterctl/plan"
	"clusterctl/schema"
)

func TestSecretsAreResolvedWhenAskedFor(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := testSession(map[string]string{"THERE": "from the environment", "EMPTY": ""})
	at := schema.Position{File: "p.yaml", Line: 3, Column: 5}
	source := s.secretsOf(schema.Preseed{Secrets: map[string]schema.Secret{
		"clear":   schema.NewSecret("in clear"),
		"env":     {Env: "THERE", Pos: at},
		"missing": {Env: "NOT_THERE", Pos: at},
		"empty":   {Env: "EMPTY", Pos: at},
		"file":    {File: file, Pos: at},
		"no file": {File: "/nonexistent/x", Pos: at},
	}})
	for name, want := range map[string]string{"clear": "in clear", "env": "from the environment",
		"file": "from a file"} {
		if got, err := source.Secret(name); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"missing": "p.yaml:3:5: missing: the environment variable NOT_THERE is not set",
		"empty":   "p.yaml:3:5: empty: the environment variable EMPTY is not set",
		"no file": "p.yaml:3:5: no file: open /nonexistent/x: no such file or directory",
		"unknown": "secret unknown: the preseed has none of this name",
	} {
		if _, err := source.Secret(name); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

func TestSavedPlanReadsSecretsFromItsFiles(t *testing.T) {
	t.Parallel()
	s := testSession(nil)
	file := filepath.Join(t.TempDir(), "preseed.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const name = "server/core.trust_password"
	source := s.secretsOfPlan(s.Registry, &plan.Plan{Files: []string{file}})

	write("config: {core.trust_password: sekret}\n")
	if got, err := source.Secret(name); got != "sekret" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	write("config: {user.note: x}\n")
	if _, err := source.Secret(name); err == nil || !strings.Contains(err.Error(), "no longer in") {
		t.Errorf("after it was removed: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := source.Secret(name); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("after the file was removed: %v", err)
	}
	source = s.secretsOfPlan(s.Registry, &plan.Plan{Files: []string{stdinName}})
	if _, err := source.Secret(name); err == nil ||
		!strings.Contains(err.Error(), "standard input, which cannot be read again") {
		t.Errorf("from standard input: %v", err)
	}
}
