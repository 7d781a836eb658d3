package drivertest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func transcript(t *testing.T, name string, clients Clients) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".script"))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := ParseScript(string(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Run(t.Context(), lines, clients)
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
