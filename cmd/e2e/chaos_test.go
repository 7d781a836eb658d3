//go:build e2e && chaos && linux

package e2e

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
)

var (
	kindFlag    = flag.String("kind", string(lab.LXD), "what TestChaos runs on, lxd or incus")
	latencyFlag = flag.Duration("latency", 0, "the round trip between any two members in TestChaos")
)

const (
	// tries is how many plain runs are given; who needs more needs a hand.
	tries = 4
	// runLimit is how long one run may take.
	runLimit = 5 * time.Minute
	// undisturbed is how many steps there are to form three members with objects: instants are drawn from after the first
	// until a second after the last began.
	undisturbed = 16
)

// service starts and stops the daemon of a lab at the member's end, as the units of the packages do: one that fails is
// started again, until it is stopped.
const service = `dir=$(dirname "${DIR}")
case $1 in
stop)
  test ! -e "$dir/init" || kill -9 "$(cat "$dir/init")"
  rm -f "$dir/init"
  pid=$(pgrep -f "^BINARY --group root --logfile $dir/daemon.log")
  test -z "$pid" || kill -9 $pid ;;
start)
  test -e "$dir/init" && exit
  pgrep -f "^BINARY --group root --logfile $dir/daemon.log" >/dev/null && exit
  setsid sh -c 'echo $$ >"$1/init"; until BINARY --group root --logfile "$1/daemon.log"; do sleep 0.1; done; rm "$1/init"' \
    sh "$dir" </dev/null >/dev/null 2>&1 &
  for _ in 1 2 3 4 5 6 7 8 9; do test -s "$dir/init" && exit; sleep 0.1; done ;;
esac
`

// incidents are what happens to an apply at an instant. Each returns what ends it, which is done before the plain run.
var incidents = []struct {
	name   string
	strike func(c *chaos) (end func())
}{
	{"clusterctl killed", func(c *chaos) func() { _ = c.apply.Process.Kill(); return nil }},
	{"joiner killed", func(c *chaos) func() { return c.kill(c.Members[1+c.rng.IntN(2)]) }},
	{"first member killed", func(c *chaos) func() { return c.kill(c.Members[0]) }},
	{"any two killed", func(c *chaos) func() {
		order := c.rng.Perm(len(c.Members))
		return c.kill(c.Members[order[0]], c.Members[order[1]])
	}},
	{"all killed, clusterctl too", func(c *chaos) func() { _ = c.apply.Process.Kill(); return c.kill(c.Members...) }},
	{"link cut for 3 s", func(c *chaos) func() { return c.cut(3 * time.Second) }},
	{"link cut for 15 s", func(c *chaos) func() { return c.cut(15 * time.Second) }},
	{"link cut for 60 s", func(c *chaos) func() { return c.cut(time.Minute) }},
}

// chaos is one round: a lab, and an apply that forms a cluster there.
type chaos struct {
	*lab.Lab
	*testing.T
	rng     *rand.Rand
	file    string
	service string
	apply   *exec.Cmd
}

// outcome is how a round ended.
type outcome struct {
	// runs is how many plain runs it took; 0 when the disturbed one did it all, -1 when they did not do.
	runs int
	took time.Duration
	// byHand reports that the last of them told what to do by hand.
	byHand bool
}

// TestChaos lets things break at drawn instants of an apply on real daemons, and counts the plain runs until a further plan is
// empty. A plain run is the same command once more, with the consent to tidy leftovers up that a refusal names, and
// nothing else.
func TestChaos(t *testing.T) {
	table := map[string][]outcome{}
	for n, began := 0, time.Now(); n < *historiesFlag && time.Since(began) < *forFlag; n++ {
		seed := *seedFlag + uint64(n)
		incident := incidents[seed%uint64(len(incidents))]
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			c := &chaos{Lab: labtest.Start(t, lab.Config{Kind: lab.Kind(*kindFlag), Members: 3}), T: t,
				rng: rand.New(rand.NewPCG(seed, 4))}
			if *latencyFlag > 0 {
				distance(t, c.Lab, *latencyFlag)
			}
			c.file = (&histories{Lab: c.Lab, T: t}).preseed(objects+c.services(), nil)
			o := c.round(incident.strike)
			table[incident.name] = append(table[incident.name], o)
			t.Logf("%s: %d plain runs, %s", incident.name, o.runs, o.took.Round(time.Second))
			if o.runs < 0 || o.runs > 2 {
				t.Errorf("%s: not there after two plain runs; to see it again: -n 1 -seed %d -kind %s -latency %s",
					incident.name, seed, *kindFlag, *latencyFlag)
			}
		})
	}
	t.Log(tableOf(table))
}

func tableOf(table map[string][]outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "on %s, from seed %d, %s between members\n| scenario | runs | by itself or at the first plain run | at a later one | by hand | never | longest |\n|---|---|---|---|---|---|---|\n",
		*kindFlag, *seedFlag, *latencyFlag)
	for _, i := range incidents {
		var first, later, hand, never int
		var worst time.Duration
		for _, o := range table[i.name] {
			worst = max(worst, o.took)
			switch {
			case o.runs >= 0 && o.runs < 2:
				first++
			case o.runs > 0:
				later++
			case o.byHand:
				hand++
			default:
				never++
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %s |\n", i.name, len(table[i.name]), first, later, hand, never, worst.Round(time.Second))
	}
	return b.String()
}

// round begins an apply, lets the incident strike at an instant, and applies again until nothing is left to do.
func (c *chaos) round(strike func(*chaos) func()) outcome {
	ctx, cancel := context.WithTimeout(c.Context(), runLimit)
	defer cancel()
	said := &progress{awaited: 1 + c.rng.IntN(undisturbed), there: make(chan struct{})}
	instant := time.Duration(c.rng.Int64N(int64(time.Second)))
	c.apply = clusterctlCommand(ctx, "apply", "--auto-approve", "--allow-commands", c.file)
	c.apply.Stdout, c.apply.Stderr = said, said
	if err := c.apply.Start(); err != nil {
		c.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.apply.Wait() }()
	var err error
	select {
	case <-said.there:
		time.Sleep(instant)
	case err = <-ended:
		ended <- err
	}
	end := strike(c)
	err = <-ended
	c.Logf("%s after step %d began; the disturbed run: %v\n%s", instant, said.awaited, err, said.text.String())
	if end != nil {
		end()
	}
	began := time.Now()
	if err == nil && c.done() {
		return outcome{took: time.Since(began)}
	}
	var consent []string
	last := ""
	for run := 1; run <= tries; run++ {
		last, err = c.plain(consent)
		if named := leftoversConsent.FindAllString(last, -1); err != nil && len(named) > 0 && len(consent) == 0 {
			for _, n := range named {
				consent = append(consent, "--allow-destroy", strings.Fields(n)[1])
			}
			last, err = c.plain(consent) // the refusal said how
		}
		c.Logf("plain run %d: %v\n%s", run, err, last)
		if err == nil && c.done() {
			return outcome{runs: run, took: time.Since(began)}
		}
	}
	return outcome{runs: -1, took: time.Since(began), byHand: strings.Contains(last, "rm -rf") || strings.Contains(last, "remove-raft-node")}
}

// progress is what a run says. It closes there once so many steps have begun.
type progress struct {
	text    strings.Builder
	awaited int
	there   chan struct{}
	closed  bool
}

// Write implements io.Writer.
func (p *progress) Write(b []byte) (int, error) {
	p.text.Write(b)
	if !p.closed && strings.Count(p.text.String(), ": started\n") >= p.awaited {
		p.closed = true
		close(p.there)
	}
	return len(b), nil
}

// services returns the settings that let clusterctl start and stop the daemons.
func (c *chaos) services() string {
	c.service = filepath.Join(c.TempDir(), "service.sh")
	variable, binary := "LXD_DIR", "lxd"
	for _, line := range c.Environment() {
		if name, value, _ := strings.Cut(line, "="); name == "DIR_VARIABLE" {
			variable = value
		} else if name == "DAEMON" {
			binary = value
		}
	}
	text := strings.NewReplacer("DIR", variable, "BINARY", binary).Replace(service)
	if err := os.WriteFile(c.service, []byte(text), 0o600); err != nil {
		c.Fatal(err)
	}
	return fmt.Sprintf("clusterctl: {service: {start: 'sh %s start', stop: 'sh %s stop'}}\n", c.service, c.service)
}

var leftoversConsent = regexp.MustCompile(`--allow-destroy leftovers/[\w-]+`)

func (c *chaos) plain(consent []string) (string, error) {
	ctx, cancel := context.WithTimeout(c.Context(), runLimit)
	defer cancel()
	out, complaint, err := runClusterctl(ctx, append(append([]string{"apply", "--auto-approve", "--allow-commands"},
		consent...), c.file)...)
	return out + complaint, err
}

// done reports that a further plan is empty.
func (c *chaos) done() bool {
	out, complaint, err := runClusterctl(c.Context(), "plan", "--detailed-exitcode", c.file)
	if err != nil {
		c.Logf("a further plan: %v\n%s%s", err, out, complaint)
	}
	return err == nil
}

// kill kills daemons at once. After two seconds an init starts them again, and is given half a minute for it.
func (c *chaos) kill(members ...*lab.Member) func() {
	var group, again errgroup.Group
	for _, m := range members {
		group.Go(m.KillDaemon)
	}
	if err := group.Wait(); err != nil {
		c.Error(err)
	}
	time.Sleep(2 * time.Second)
	for _, m := range members {
		again.Go(func() error {
			if out, err := m.Command(c.Context(), "sh", c.service, "start").CombinedOutput(); err != nil {
				return fmt.Errorf("starting the daemon of member %d: %w: %s", m.Number, err, out)
			}
			if out, err := m.Admin(c.Context(), "waitready", "--timeout=30").CombinedOutput(); err != nil {
				c.Logf("member %d is not ready: %v: %s", m.Number, err, out)
			}
			return nil
		})
	}
	return func() {
		if err := again.Wait(); err != nil {
			c.Error(err)
		}
	}
}

// cut takes the link of one member away for a while.
func (c *chaos) cut(d time.Duration) func() {
	m := c.Members[c.rng.IntN(len(c.Members))]
	link := func(state string) {
		if out, err := exec.Command("ip", "-n", m.Namespace, "link", "set", "eth0", state).CombinedOutput(); err != nil {
			c.Errorf("%v: %s", err, out)
		}
	}
	link("down")
	ended := make(chan struct{})
	go func() {
		time.Sleep(d)
		link("up")
		close(ended)
	}()
	return func() { <-ended }
}
