package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is one fenced block of a document; mark is the HTML comment before it: e2e (asks servers: run by .ci/run on real
// daemons, and here in the sandbox unless it calls ssh itself) or ci (is run by .ci/run itself).
type block struct{ file, language, mark, text string }

func documents(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal("no documents", err)
	}
	return append(files, "../README.md")
}

func blocks(t *testing.T) []block {
	t.Helper()
	fenced := regexp.MustCompile("(?ms)(?:^<!-- (\\w+) -->\n)?^```(\\w*)\n(.*?)^```$")
	var out []block
	for _, file := range documents(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fenced.FindAllStringSubmatch(string(data), -1) {
			out = append(out, block{file: file, mark: m[1], language: m[2], text: m[3]})
		}
	}
	return out
}

// beginsEmpty are the documents that begin with servers outside a cluster. For the others a cluster is formed first.
var beginsEmpty = map[string]bool{"README.md": true, "exit-codes.md": true, "render.md": true, "saved-plans.md": true}

// TestDocumentedCommandsRun runs the sh blocks of the documents where a reader would: beside examples and preseed.yaml.
func TestDocumentedCommandsRun(t *testing.T) {
	t.Parallel()
	ran := 0
	for _, b := range blocks(t) {
		if b.language != "sh" || b.mark == "ci" || b.mark == "e2e" && strings.Contains(b.text, "ssh ") {
			continue
		}
		ran++
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../examples")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "examples", "three-members.yaml"), filepath.Join(dir, "preseed.yaml")); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../preseed.yaml", filepath.Join(dir, "examples", "three-members.yaml")); err != nil {
			t.Fatal(err)
		}
		text := b.text
		if b.mark == "e2e" && !beginsEmpty[filepath.Base(b.file)] {
			text = "clusterctl apply --auto-approve preseed.yaml > formed.txt\n" + text
		}
		run := exec.CommandContext(t.Context(), "sh", "-euc", text)
		run.Dir = dir
		if b.mark == "e2e" {
			run.Env = append(os.Environ(), "CLUSTERCTL_SANDBOX_DIR="+filepath.Join(dir, "sandbox"))
		}
		if out, err := run.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s\n%s", b.file, err, b.text, out)
		}
	}
	if ran == 0 {
		t.Error("no block was run")
	}
}

// TestDocumentedPreseedsAreValid validates the yaml blocks of the documents.
func TestDocumentedPreseedsAreValid(t *testing.T) {
	t.Parallel()
	for _, b := range blocks(t) {
		if b.language == "yaml" {
			run := exec.Command("clusterctl", "validate", "-")
			run.Stdin = strings.NewReader(b.text)
			if out, err := run.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", b.file, err, out)
			}
		}
	}
}

// TestDocumentsUseKnownBlocks keeps a typing error in a mark or a language from hiding a block from the tests.
func TestDocumentsUseKnownBlocks(t *testing.T) {
	t.Parallel()
	for _, b := range blocks(t) {
		if b.language != "sh" && b.language != "yaml" {
			t.Errorf("%s: a block in %q: sh and yaml are tested", b.file, b.language)
		}
		if b.mark != "" && b.mark != "e2e" && b.mark != "ci" {
			t.Errorf("%s: a block is marked %q: e2e and ci are known", b.file, b.mark)
		}
	}
}

func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for _, file := range documents(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

// TestExamplesAreValid holds every example against validate: no error, and no warning either, except for secrets in
// clear in LXD's own documents.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	entries, err := filepath.Glob("../examples/*")
	if err != nil || len(entries) < 5 {
		t.Fatalf("%d examples, %v", len(entries), err)
	}
	for _, entry := range entries {
		out, err := exec.Command("clusterctl", "validate", entry).CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "valid: 3 members") {
			t.Errorf("%s: %v\n%s", entry, err, out)
		}
	}
}
