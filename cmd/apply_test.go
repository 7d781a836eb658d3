package cmd_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clusterctl/cmd"
	"clusterctl/cmd/session"
)

const threeMembers = `
members:
- {name: node1, address: "10.0.0.1:8443"}
- {name: node2, address: "10.0.0.2:8443"}
- {name: node3, address: "10.0.0.3:8443"}
`

const threeProfiles = `
profiles:
- {name: a, config: {limits.cpu: 1}}
- {name: b, config: {limits.cpu: 2}}
- {name: c, config: {limits.cpu: 3}}
`

// person runs one command line with somebody at the terminal, in a world of its own.
type person struct {
	dir      string
	out, err bytes.Buffer
	signals  chan os.Signal
	trouble  string
	// called is told of each call that changes something, heard of each text on standard error.
	called func()
	heard  func(text string)
}

// ear passes on what is written.
type ear struct {
	io.Writer
	heard func(text string)
}

func (e ear) Write(b []byte) (int, error) {
	n, err := e.Writer.Write(b)
	e.heard(string(b))
	return n, err
}

// newPerson has a cluster of three members, which becomes after with the first change.
func newPerson(t *testing.T, after string) *person {
	p := &person{dir: t.TempDir(), signals: make(chan os.Signal), called: func() {}, heard: func(string) {}}
	p.write(t, "live.yaml", threeMembers)
	p.write(t, "after.yaml", after)
	return p
}

func (p *person) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run is not for parallel tests: urfave/cli keeps its help flag in a package variable and writes to it.
func (p *person) run(stdin io.Reader, args ...string) cmd.ExitCode {
	streams := cmd.Streams{In: stdin, Out: &p.out, Err: ear{&p.err, p.heard}, InTerminal: true, OutTerminal: true,
		Signals: p.signals,
		Getenv: func(name string) (string, bool) {
			value, ok := map[string]string{"CLUSTERCTL_SECRET_TRUST": "sekret", "HOME": p.dir}[name]
			return value, ok
		}}
	return cmd.Run(streams, fakeWorld(p.dir, p.trouble, p.called), args)
}

func TestApplyAsksAndTakesOnlyYes(t *testing.T) {
	for answer, want := range map[string]cmd.ExitCode{"yes\n": session.ExitDone, "y\n": session.ExitConsent,
		"\n": session.ExitConsent, "": session.ExitConsent} {
		p := newPerson(t, threeMembers+threeProfiles)
		file := p.write(t, "preseed.yaml", threeMembers+threeProfiles)
		if got := p.run(strings.NewReader(answer), "apply", "--no-color", file); got != want {
			t.Errorf("answer %q: exit code %d, want %d\n%s%s", answer, got, want, &p.out, &p.err)
		}
		if !strings.HasPrefix(p.err.String(), `Apply 3 steps? Only "yes" is accepted: `) {
			t.Errorf("answer %q: asked %q", answer, &p.err)
		}
		if done := strings.Contains(p.out.String(), "[3/3] "); done != (want == session.ExitDone) {
			t.Errorf("answer %q: carried out: %t\n%s", answer, done, &p.out)
		}
	}
}

func TestApplyInterruptedAtTheQuestionTouchesNothing(t *testing.T) {
	p := newPerson(t, threeMembers+threeProfiles)
	file := p.write(t, "preseed.yaml", threeMembers+threeProfiles)
	p.called = func() { t.Error("something was touched") }
	typing, keyboard := io.Pipe()           // nobody types
	defer func() { _ = keyboard.Close() }() // a pipe in memory
	p.heard = func(text string) {
		if strings.HasPrefix(text, "Apply ") {
			p.signals <- os.Interrupt
		}
	}
	if got := p.run(typing, "apply", file); got != session.ExitInterrupted {
		t.Errorf("exit code %d, want %d\n%s", got, session.ExitInterrupted, &p.err)
	}
}

func TestInterruptedWhileReadingSaysSo(t *testing.T) {
	p := newPerson(t, threeMembers)
	p.trouble = "hang"
	p.called = func() { p.signals <- os.Interrupt }
	got := p.run(nil, "plan", filepath.Join(p.dir, "live.yaml"))
	if want := "Error: interrupted while reading the cluster\n"; got != session.ExitInterrupted ||
		p.err.String() != want {
		t.Errorf("exit code %d, %q, want %d, %q", got, &p.err, session.ExitInterrupted, want)
	}
}

func TestFirstInterruptFinishesTheRunningStep(t *testing.T) {
	p := newPerson(t, threeMembers+"profiles: [{name: a, config: {limits.cpu: 1}}]\n")
	file := p.write(t, "preseed.yaml", threeMembers+threeProfiles)
	stopping := make(chan struct{})
	p.heard = func(text string) {
		if strings.Contains(text, "Stopping: waiting for the running steps to end.") {
			close(stopping)
		}
	}
	calls := 0
	p.called = func() { // nothing runs beside this step with --parallelism 1
		calls++
		p.signals <- os.Interrupt
		<-stopping
	}
	got := p.run(nil, "apply", "--auto-approve", "--parallelism", "1", file)
	if got != session.ExitInterrupted || calls != 1 {
		t.Errorf("exit code %d after %d calls, want %d after 1", got, calls, session.ExitInterrupted)
	}
	if text := p.out.String(); !strings.Contains(text, "[1/3] ") || strings.Count(text, "skipped\x1b") != 2 {
		t.Errorf("want one step done and two skipped:\n%s", text)
	}
	if text := p.err.String(); !strings.Contains(text, "1 done, 0 failed, 2 not tried.") ||
		!strings.Contains(text, "run again: clusterctl apply") {
		t.Errorf("the way on is missing:\n%s", text)
	}
}

func TestSecretsAreShownNowhere(t *testing.T) {
	const inClear = "config: {core.trust_password: sekret}\n"
	const byName = "config: {core.trust_password: {env: CLUSTERCTL_SECRET_TRUST}}\n"
	for name, secret := range map[string]string{"in clear": inClear, "by name": byName} {
		p := newPerson(t, threeMembers)
		file := p.write(t, "preseed.yaml", threeMembers+secret+threeProfiles)
		saved, log := filepath.Join(p.dir, "plan.json"), filepath.Join(p.dir, "log")
		p.run(nil, "validate", "--format", "json", file)
		p.run(nil, "plan", "--log-level", "trace", "--log-file", log, "--out", saved, file)
		p.run(nil, "plan", "--format", "json", file)
		p.run(nil, "plan", "--format", "markdown", file)
		p.trouble = "refuse"
		p.run(nil, "apply", "--auto-approve", "--log-level", "trace", "--log-file", log, "--format", "json", file)
		p.run(nil, "apply", "--log-level", "trace", saved)
		shown := p.out.String() + p.err.String()
		for _, file := range []string{saved, log} {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			shown += string(data)
		}
		if i := strings.Index(shown, "sekret"); i >= 0 {
			t.Errorf("%s: shown: ...%s", name, shown[max(0, i-200):i+20])
		}
		if !strings.Contains(shown, "core.trust_password") {
			t.Errorf("%s: the password is not in the plan at all", name)
		}
	}
}
