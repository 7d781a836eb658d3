package cmd_test

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"clusterctl/cmd/internal/doctest"
	"clusterctl/drivers/sandbox"
)

// pages returns the documentation's files and, for each, its blocks.
func pages(t *testing.T) map[string][]doctest.Block {
	t.Helper()
	files, err := filepath.Glob("../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal("no documents", err)
	}
	howto, err := filepath.Glob("../docs/howto/*.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]doctest.Block{}
	for _, file := range append(append(files, howto...), "../README.md") {
		if out[file], err = doctest.Read(file); err != nil {
			t.Error(err)
		}
	}
	return out
}

// TestDocuments tells each page's story in a sandbox: see package doctest.
func TestDocuments(t *testing.T) {
	t.Parallel()
	for file, blocks := range pages(t) {
		t.Run(strings.TrimPrefix(file, "../"), func(t *testing.T) {
			t.Parallel()
			newReader(t, !slices.ContainsFunc(blocks, doctest.Block.Servers)).follow(t, blocks)
		})
	}
}

// reader sits where a reader of the documentation does: in a folder with examples and preseed.yaml, before a sandbox.
type reader struct{ folder, output string }

func newReader(t *testing.T, formed bool) *reader {
	t.Helper()
	r := &reader{folder: t.TempDir()}
	if err := os.CopyFS(filepath.Join(r.folder, "examples"), os.DirFS("../examples")); err != nil {
		t.Fatal(err)
	}
	blocks, err := doctest.Read("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		r.write(t, b)
	}
	if formed {
		r.run(t, doctest.Block{File: "preseed.yaml", Text: "clusterctl apply --auto-approve preseed.yaml"})
	}
	return r
}

func (r *reader) follow(t *testing.T, blocks []doctest.Block) {
	t.Helper()
	for _, b := range blocks {
		switch {
		case b.Mark == doctest.World:
			r.change(t, b)
		case b.Language == "yaml":
			r.write(t, b)
		case b.Language == "sh":
			r.output = ""
			if b.Mark == doctest.Plain || b.Mark == doctest.E2E || b.Mark == doctest.Sandbox {
				r.output = r.run(t, b)
			}
		case b.Language == "text" && r.output != "":
			if err := b.Shown(r.output); err != nil {
				t.Error(err)
			}
		}
	}
}

func (r *reader) write(t *testing.T, b doctest.Block) {
	t.Helper()
	if b.Name == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(r.folder, b.Name), []byte(b.Text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs a script as a reader would, and returns what it prints. A block without a mark gets no sandbox.
func (r *reader) run(t *testing.T, b doctest.Block) string {
	t.Helper()
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(limited, "sh", "-euc", b.Text)
	cmd.WaitDelay = time.Second // what the shell started may live on
	cmd.Dir = r.folder
	cmd.Env = append(os.Environ(), "HOME="+r.folder, "CI=", "CLUSTERCTL_SECRET_TRUST_PASSWORD=sekret")
	if b.Mark != doctest.Plain || b.Language == "" {
		cmd.Env = append(cmd.Env, "CLUSTERCTL_SANDBOX_DIR="+filepath.Join(r.folder, "sandbox"))
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", b.Where(), err)
	}
	if got := cmd.ProcessState.ExitCode(); got != b.Exit {
		t.Fatalf("%s: exit code %d, want %d\n%s\n%s", b.Where(), got, b.Exit, b.Text, out)
	}
	return string(out)
}

// change does to the sandbox what a comment of a page says.
func (r *reader) change(t *testing.T, b doctest.Block) {
	t.Helper()
	words := strings.Fields(b.Text)
	switch {
	case b.Servers(), b.Machines():
	case len(words) == 2 && (words[0] == "down" || words[0] == "up" || words[0] == "wipe"):
		r.power(t, words[0], words[1])
	case len(words) == 2 && words[0] == "dump":
		r.dump(t, words[1])
	case len(words) == 2 && words[0] == "image":
		writeImage(t, filepath.Join(r.folder, words[1]))
	case len(words) == 2 && words[0] == "certificate":
		writeCertificate(t, filepath.Join(r.folder, words[1]+".crt"), words[1])
	case len(words) > 1 && words[0] == "run":
		r.run(t, doctest.Block{File: b.File, Line: b.Line, Text: strings.Join(words[1:], " ")})
	default:
		t.Fatalf("%s: the world cannot %q", b.Where(), b.Text)
	}
}

// power switches a server off, long enough ago for the others to know, or on; or makes it new.
func (r *reader) power(t *testing.T, what, member string) {
	t.Helper()
	world, err := sandbox.Start(t.Context(), sandbox.Config{Dir: filepath.Join(r.folder, "sandbox")})
	if err != nil {
		t.Fatal(err)
	}
	switch what {
	case "down":
		err = errors.Join(world.Stop(t.Context(), member), world.Advance(t.Context(), time.Minute))
	case "wipe":
		err = world.Wipe(t.Context(), member)
	default:
		err = world.Restart(t.Context(), member)
	}
	if err := errors.Join(err, world.Close()); err != nil {
		t.Fatal(err)
	}
}

// dump saves the database of the sandbox's cluster, and after it that of its first member.
func (r *reader) dump(t *testing.T, name string) {
	t.Helper()
	world, err := sandbox.Start(t.Context(), sandbox.Config{Dir: filepath.Join(r.folder, "sandbox")})
	if err != nil {
		t.Fatal(err)
	}
	var file strings.Builder
	for _, database := range []string{"global", "local"} {
		resp, err := world.Client("node1").Get("http://unix/internal/sql?database=" + database)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Metadata struct{ Text string } }
		if err := errors.Join(json.NewDecoder(resp.Body).Decode(&answer), resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		file.WriteString(answer.Metadata.Text)
	}
	if err := errors.Join(world.Close(), os.WriteFile(filepath.Join(r.folder, name), []byte(file.String()),
		0o600)); err != nil {
		t.Fatal(err)
	}
}

// writeImage makes an image that has only what LXD reads of one before it is used.
func writeImage(t *testing.T, file string) {
	t.Helper()
	metadata := "architecture: x86_64\ncreation_date: 1700000000\n"
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	archive := tar.NewWriter(packed)
	err := archive.WriteHeader(&tar.Header{Name: "metadata.yaml", Mode: 0o644, Size: int64(len(metadata))})
	_, wrong := archive.Write([]byte(metadata))
	err = errors.Join(err, wrong, archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "rootfs/", Mode: 0o755}))
	if err := errors.Join(err, archive.Close(), packed.Close(), os.WriteFile(file, out.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func writeCertificate(t *testing.T, file, name string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(nil, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDocumentedPreseedsAreValid validates the yaml blocks that stand for themselves; those with a file name are parts,
// which commands of the page read.
func TestDocumentedPreseedsAreValid(t *testing.T) {
	t.Parallel()
	for _, blocks := range pages(t) {
		for _, b := range blocks {
			if b.Language != "yaml" || b.Name != "" || b.Mark == doctest.Never {
				continue
			}
			run := exec.Command("clusterctl", "validate", "-")
			run.Stdin = strings.NewReader(b.Text)
			if out, err := run.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", b.Where(), err, out)
			}
		}
	}
}

// TestBlocksThatDoNotRunAreListed names every block that some test leaves out, and why, in testdata/docs_left_out.txt.
func TestBlocksThatDoNotRunAreListed(t *testing.T) {
	t.Parallel()
	var lines []string
	for file, blocks := range pages(t) {
		for i, b := range blocks {
			switch {
			case b.Language == "mermaid" && b.Mark == doctest.Plain: // a picture
			case b.Language != "sh" && b.Language != "yaml" && b.Language != "text" && b.Mark != doctest.World:
				t.Errorf("%s: a block in %q: sh, yaml and text are tested", b.Where(), b.Language)
			case b.Language == "text" && (i == 0 || blocks[i-1].Language != "sh"):
				t.Errorf("%s: a text block without commands before it", b.Where())
			case b.Reason != "" || b.Mark == doctest.CI:
				first, _, _ := strings.Cut(b.Text, "\n")
				lines = append(lines, strings.TrimPrefix(file, "../")+": "+string(b.Mark)+": "+cmp.Or(b.Reason,
					".ci/run runs it")+": "+first)
			}
		}
	}
	slices.Sort(lines)
	want, err := os.ReadFile(filepath.Join("testdata", "docs_left_out.txt"))
	if got := strings.Join(lines, "\n") + "\n"; err != nil || string(want) != got {
		t.Errorf("testdata/docs_left_out.txt should be, if that is meant (%v):\n%s", err, got)
	}
}

func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for file := range pages(t) {
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

// TestEveryFaultIsTold holds the page and the help of sandbox fault against the kinds that there are.
func TestEveryFaultIsTold(t *testing.T) {
	t.Parallel()
	for file, before := range map[string]string{"../docs/sandbox.md": "\n\\| `", "help/sandbox-fault.txt": "[ \n]"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range sandbox.FaultKinds() {
			if !regexp.MustCompile(before + string(kind) + "[ ,.`]").Match(text) {
				t.Errorf("%s does not tell of the fault %s", file, kind)
			}
		}
	}
}

// TestDocumentsNameKnownCommandsAndFlags holds what the text says between backquotes against the manual page.
func TestDocumentsNameKnownCommandsAndFlags(t *testing.T) {
	t.Parallel()
	manual, err := exec.Command("clusterctl", "man").Output()
	if err != nil {
		t.Fatal(err)
	}
	known, commands := map[string]bool{"--help": true}, map[string]bool{}
	for _, flag := range regexp.MustCompile(`--[a-z][a-z-]+`).FindAllString(strings.ReplaceAll(string(manual), `\-`,
		"-"), -1) {
		known[flag] = true
	}
	quoted := regexp.MustCompile("`(clusterctl [^`]*|--[a-z][^`]*)`")
	for file := range pages(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range quoted.FindAllStringSubmatch(string(data), -1) {
			words := strings.Fields(m[1])
			for _, word := range words {
				name, _, _ := strings.Cut(word, "=")
				if strings.HasPrefix(name, "--") && !known[name] {
					t.Errorf("%s: `%s`: the manual page has no %s", file, m[1], name)
				}
			}
			if len(words) > 1 && regexp.MustCompile(`^[a-z]+$`).MatchString(words[1]) && words[0] == "clusterctl" &&
				!commands[words[1]] {
				commands[words[1]] = true
				if err := exec.Command("clusterctl", words[1], "--help").Run(); err != nil {
					t.Errorf("%s: `%s`: there is no such command", file, m[1])
				}
			}
		}
	}
}
