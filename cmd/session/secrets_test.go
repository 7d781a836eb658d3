package session

import (
	"errors"
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
	if err := errors.Join(os.Mkdir(filepath.Join(filepath.Dir(file), "folder"), 0o700),
		os.WriteFile(filepath.Join(filepath.Dir(file), "binary"), []byte("a\x00b"), 0o600),
		os.Symlink("/etc/hostname", filepath.Join(filepath.Dir(file), "link"))); err != nil {
		t.Fatal(err)
	}
	s := testSession(map[string]string{"THERE": "from the environment", "EMPTY": "", "HOME": "/root",
		"CLUSTERCTL_SECRET_X": "too", "BYTES": "\xff\xfe"})
	s.Trust.Env = []string{"THERE", "NOT_THERE", "EMPTY", "BYTES"}
	at := schema.Position{File: "p.yaml", Line: 3, Column: 5}
	source := s.secretsOf(schema.Preseed{Secrets: map[string]schema.Secret{
		"clear":   schema.NewSecret("in clear"),
		"env":     {Env: "THERE", Pos: at},
		"missing": {Env: "NOT_THERE", Pos: at},
		"empty":   {Env: "EMPTY", Pos: at},
		"free":    {Env: "CLUSTERCTL_SECRET_X", Pos: at},
		"bytes":   {Env: "BYTES", Pos: at},
		"home":    {Env: "HOME", Pos: at},
		"file":    {File: "password", Pos: schema.Position{File: filepath.Join(filepath.Dir(file), "p.yaml")}},
		"no file": {File: "nonexistent", Pos: at},
		"outside": {File: "/nonexistent/x", Pos: at},
		"above":   {File: "../session/secrets.go", Pos: schema.Position{File: "testdata/p.yaml"}},
		"folder":  {File: "folder", Pos: schema.Position{File: filepath.Join(filepath.Dir(file), "p.yaml")}},
		"binary":  {File: "binary", Pos: schema.Position{File: filepath.Join(filepath.Dir(file), "p.yaml")}},
		"link":    {File: "link", Pos: schema.Position{File: filepath.Join(filepath.Dir(file), "p.yaml")}},
	}})
	for name, want := range map[string]string{"clear": "in clear", "env": "from the environment",
		"file": "from a file", "free": "too"} {
		if got, err := source.Secret(name); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"missing": "p.yaml:3:5: missing: the environment variable NOT_THERE is not set",
		"empty":   "p.yaml:3:5: empty: the environment variable EMPTY is empty",
		"home":    "p.yaml:3:5: home: env-not-allowed: cannot read the environment variable HOME: nobody has allowed it",
		"no file": "p.yaml:3:5: no file: the file nonexistent: file does not exist",
		"outside": "p.yaml:3:5: outside: outside: cannot read /nonexistent/x: it is not below the folder of the file that names it",
		"above":   "above: outside: cannot read ../session/secrets.go: it is not below the folder of the file that names it",
		"link":    "link: outside: cannot read link: it is not below the folder of the file that names it",
		"folder":  "folder: the file folder: is a directory",
		"bytes":   "p.yaml:3:5: bytes: the environment variable BYTES: it is no text",
		"binary":  "binary: the file binary: it is no text",
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
