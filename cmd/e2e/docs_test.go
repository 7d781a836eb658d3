//go:build e2e && linux

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// forms are the documents that begin with servers outside a cluster. For the others a cluster is formed first.
var forms = map[string]bool{"README.md": true, "exit-codes.md": true, "render.md": true, "saved-plans.md": true}

// TestDocuments runs the blocks that are marked e2e, in order and with one lab for each document.
func TestDocuments(t *testing.T) {
	t.Parallel()
	documents, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(documents) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, document := range append(documents, "../../README.md") {
		blocks := fenced(t, document, "<!-- e2e -->\n```sh\n")
		if len(blocks) == 0 {
			continue
		}
		t.Run(filepath.Base(document), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.write(t, "preseed.yaml", d.replace.Replace(fenced(t, "../../README.md", "```yaml\n")[0]), 0o644)
			if !forms[filepath.Base(document)] {
				d.run(t, "clusterctl apply --auto-approve")
			}
			for _, block := range blocks {
				d.run(t, block)
			}
		})
	}
}

// TestExamples applies each file and folder of examples, and then plans it again.
func TestExamples(t *testing.T) {
	t.Parallel()
	examples, err := os.ReadDir("../../examples")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, example := range examples {
		t.Run(example.Name(), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			name := filepath.Join("examples", example.Name())
			d.run(t, "clusterctl apply --auto-approve "+name)
			if out := d.run(t, "clusterctl plan --detailed-exitcode "+name); !strings.Contains(out, "No changes.") {
				t.Errorf("the second plan is not empty:\n%s", out)
			}
			if err := waitHealthy(t.Context(), d.lab.Members[0], 3); err != nil {
				t.Error(err)
			}
		})
	}
}

// fenced returns the blocks of a document that begin so.
func fenced(t *testing.T, document, beginning string) []string {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^"+beginning+"(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}
