package drivertest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scripts lists the names of all scripts.
func scripts(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.script")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".script"))
	}
	return names
}

func script(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".script"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// golden is the file with the transcript of LXD 5.0.2.
func golden(name string) string { return filepath.Join("testdata", name+".lxd") }

func transcript(t *testing.T, script string, clients Clients, daemons Daemons) string {
	t.Helper()
	lines, err := ParseScript(script)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Run(t.Context(), lines, clients, daemons)
	if err != nil {
		t.Fatalf("%v\nso far:\n%s", err, got)
	}
	return got
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("answers differ from %s (-LXD 5.0.2, +this world):\n%s", golden, diff)
	}
}
