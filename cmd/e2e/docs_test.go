//go:build e2e && linux

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"clusterctl/cmd/internal/doctest"
	"clusterctl/drivers/lab"
)

// TestDocuments tells the story of each page on a lab of its own: see package doctest.
func TestDocuments(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"../../README.md", "../../docs/*.md", "../../docs/howto/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no documents: %v", err)
		}
		for _, file := range files {
			blocks, err := doctest.Read(file)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(blocks, onLab) {
				continue
			}
			t.Run(strings.TrimPrefix(file, "../../"), func(t *testing.T) {
				t.Parallel()
				follow(t, blocks)
			})
		}
	}
}

// onLab reports a block that runs on real daemons.
func onLab(b doctest.Block) bool {
	return b.Language == "sh" && (b.Mark == doctest.E2E || b.Mark == doctest.Lab)
}

func follow(t *testing.T, blocks []doctest.Block) {
	t.Helper()
	g := ground{kind: lab.LXD, machines: slices.ContainsFunc(blocks, doctest.Block.Machines)}
	if slices.ContainsFunc(blocks, doctest.Block.Incus) {
		g.kind = lab.Incus
	}
	d := newDesk(t, g)
	first, err := doctest.Read("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range first {
		d.keep(t, b)
	}
	if !slices.ContainsFunc(blocks, doctest.Block.Servers) {
		d.run(t, "clusterctl apply --auto-approve")
		if err := waitHealthy(t.Context(), d.lab.Members[0], 3); err != nil {
			t.Fatal(err)
		}
	}
	output := ""
	for _, b := range blocks {
		switch {
		case b.Mark == doctest.World:
			d.change(t, b)
		case b.Language == "yaml":
			d.keep(t, b)
		case b.Language == "sh":
			output = ""
			if onLab(b) {
				output = d.block(t, b)
			}
		case b.Language == "text" && output != "":
			b.Text = d.replace.Replace(b.Text)
			if err := b.Shown(output); err != nil {
				t.Error(err)
			}
		}
	}
}

// keep writes a yaml block to the file that it names.
func (d desk) keep(t *testing.T, b doctest.Block) {
	t.Helper()
	if b.Name != "" {
		d.write(t, b.Name, d.replace.Replace(b.Text), 0o644)
	}
}

// block runs a sh block, which must end with its exit code.
func (d desk) block(t *testing.T, b doctest.Block) string {
	t.Helper()
	out, err := d.command(t, b.Text).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", b.Where(), err)
	}
	if code := 0; exit != nil || b.Exit != 0 {
		if exit != nil {
			code = exit.ExitCode()
		}
		if code != b.Exit {
			t.Fatalf("%s: exit code %d, want %d\n%s\n%s", b.Where(), code, b.Exit, b.Text, out)
		}
	}
	return string(out)
}

// change does to the lab what a comment of a page says.
func (d desk) change(t *testing.T, b doctest.Block) {
	t.Helper()
	words := strings.Fields(b.Text)
	switch {
	case b.Servers(), b.Machines():
	case len(words) == 2 && words[0] == "down":
		d.down(t, words[1])
	case len(words) == 2 && words[0] == "dump":
		d.run(t, "ssh root@10.55.60.171 'lxd sql global .dump; lxd sql local .dump' > "+words[1])
	case len(words) == 2 && words[0] == "image":
		data, err := busyboxImage("first")
		if err != nil {
			t.Fatal(err)
		}
		d.write(t, words[1], string(data), 0o644)
	case len(words) == 2 && words[0] == "certificate":
		public, _, err := certificateUntil(words[1], time.Now().Add(24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		d.write(t, words[1]+".crt", string(public), 0o644)
	case len(words) > 1 && words[0] == "run":
		d.run(t, strings.Join(words[1:], " "))
	default:
		t.Fatalf("%s: the world cannot %q", b.Where(), b.Text)
	}
}

// down kills a member's daemon and waits until the others know.
func (d desk) down(t *testing.T, name string) {
	t.Helper()
	number, err := strconv.Atoi(strings.TrimPrefix(name, "node"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := d.lab.Member(number)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.KillDaemon(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Second) {
		out, err := d.lab.Members[0].Client(t.Context(), "cluster", "list", "-f", "csv")
		if err == nil && strings.Contains(out, "OFFLINE") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is not offline yet: %v\n%s", name, err, out)
		}
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
			d := newDesk(t, ground{kind: lab.LXD})
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
