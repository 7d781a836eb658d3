package doctest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const page = "# Title\n" +
	"<!-- world: servers -->\n" +
	"Write `pool.yaml`:\n\n```yaml\na: b\n```\n\n" +
	"<!-- e2e exits 5 -->\n```sh\nls\n```\n\n" +
	"<!-- sandbox: too dear -->\n```sh\nrm\n```\n"

func TestPagesAreReadInOrder(t *testing.T) {
	t.Parallel()
	got, err := parse("p.md", strings.Split(page, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Block{
		{File: "p.md", Line: 2, Mark: World, Text: "servers"},
		{File: "p.md", Line: 5, Language: "yaml", Name: "pool.yaml", Text: "a: b\n"},
		{File: "p.md", Line: 10, Language: "sh", Mark: E2E, Exit: 5, Text: "ls\n"},
		{File: "p.md", Line: 15, Language: "sh", Mark: Sandbox, Reason: "too dear", Text: "rm\n"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMistakesDoNotHideBlocks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"<!-- e2ee -->\n```sh\n```":         `p.md:1: "e2ee" is no mark`,
		"<!-- never -->\n```sh\n```":        "p.md:1: never needs a reason",
		"<!--e2e-->\n```sh\n```":            "p.md:1: a comment that is not understood: <!--e2e-->",
		"<!-- e2e -->\ntext\n```sh\n```":    `p.md:2: the mark "e2e" belongs to no block`,
		"    clusterctl plan":               "p.md:1: an indented command is not tested: fence it",
		"```sh\nls":                         "p.md:1: the block has no end",
		"``` sh\nls\n```":                   "p.md:1: a fence that is not understood: ``` sh",
		"<!-- e2e: why -->\n```sh\nls\n```": "p.md:1: e2e takes no reason",
	} {
		if _, err := parse("p.md", strings.Split(text, "\n")); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestShownLinesAreInTheOutput(t *testing.T) {
	t.Parallel()
	b := Block{File: "p.md", Line: 3, Text: "one  two\nPlan: ... steps\n"}
	if err := b.Shown("zero\none two\nmore\nPlan: 3 steps\n"); err != nil {
		t.Error(err)
	}
	if err := b.Shown("Plan: 3 steps\none two\n"); err == nil {
		t.Error("lines in another order are accepted")
	}
}
