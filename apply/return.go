package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
)

// rereadEvery is how often the database is read while a restarted member is awaited.
const rereadEvery = 2 * time.Second

// restart runs the command that restarts the member's daemon and waits until the member is back: until another process
// answers, or its row in the database says that it waits for the others to be brought up to date. Such a member serves
// no REST call (lxd 5.0.2, lxd/daemon.go createCmd), and LXD before 5.0.3 never says over REST that it waits.
func (t *task) restart(ctx context.Context, s plan.Shell, a plan.Await) error {
	again, ended := t.reviving(), 0
	before := t.process(ctx, a.Member)
	if told := t.engine.Restarting; told != nil {
		told()
	}
	if err := t.shell(ctx, s); err != nil {
		return err
	}
	t.say("waiting for %s to be back", a.Member)
	return t.poll(ctx, rereadEvery, func() (bool, error) {
		facts, err := t.facts(ctx)
		if err != nil {
			t.trouble = err
			return false, nil //nolint:nilerr // asked again: while a voter restarts there may be no leader
		}
		m := facts.Members[a.Member]
		trouble := notBack(facts, a)
		if trouble == nil && m.Schema == a.Schema && m.Extensions == a.Extensions { // one that waits would not answer
			if now := t.process(ctx, a.Member); now == 0 || now == before {
				trouble = errors.New("the new process does not answer yet")
			}
		}
		if trouble != nil && again(ctx, facts, a.Member) && behind(facts, a.Member) {
			ended++
		}
		if ended > 1 {
			return false, fmt.Errorf("its daemon ends when it starts; the database still has it with schema %d and %d API extensions, "+
				"fewer than another member, beside which that version does not start: see that the same version is installed there",
				m.Schema, m.Extensions)
		}
		t.trouble = trouble
		return trouble == nil, nil
	})
}

// awaitMembers waits until all members are Online and run the same, and have been heard since the wait began: a
// heartbeat from before the last restart may be too old a moment later.
func (t *task) awaitMembers(ctx context.Context) error {
	again, began := t.reviving(), time.Now()
	t.say("waiting for all members to be Online with the same version")
	return t.poll(ctx, rereadEvery, func() (bool, error) {
		waited := time.Since(began)
		facts, err := t.facts(ctx)
		if err == nil {
			if err = notEqual(facts); err != nil {
				again(ctx, facts, facts.MemberOrder()...)
			} else {
				err = notHeard(facts, waited)
			}
		}
		t.trouble = err // the last voter restarts, or all still look at each other
		return err == nil, nil
	})
}

// reviveEvery is how long a daemon that does not answer is left alone before its unit is looked at (again).
const reviveEvery = 5 * time.Second

// reviving returns what starts daemons again that have ended while they started, as [drivers.TaskRevive] tells, and
// reports whether it did. What goes wrong there is no news: the daemon is awaited on, and its trouble told.
func (t *task) reviving() func(ctx context.Context, facts schema.Facts, members ...string) bool {
	last := time.Now()
	return func(ctx context.Context, facts schema.Facts, members ...string) (started bool) {
		shell, ok := t.engine.Backend.(drivers.Shell)
		if !ok || time.Since(last) < reviveEvery {
			return false
		}
		last = time.Now()
		for _, name := range members {
			if facts.Hosts[name].Fault == "" {
				continue
			}
			limited, cancel := context.WithTimeout(ctx, t.limits.Answer)
			out, err := shell.Run(limited, name, drivers.Command{Task: drivers.TaskRevive, Member: name})
			if unit := strings.TrimSpace(out.Stdout); err == nil && out.Exit == 0 && unit != "" {
				t.say("the daemon of %s has ended; %s is started again", name, unit)
				started = true
			}
			cancel()
		}
		return started
	}
}

func (t *task) facts(ctx context.Context) (schema.Facts, error) {
	ctx, cancel := context.WithTimeout(ctx, t.limits.Read)
	defer cancel()
	live, err := t.engine.Backend.Read(ctx)
	return live.Facts, err
}

// process returns the process id of the member's daemon, 0 when it does not say.
func (t *task) process(ctx context.Context, member string) int {
	ctx, cancel := context.WithTimeout(ctx, t.limits.Answer)
	defer cancel()
	api, err := t.engine.Backend.API(ctx, member)
	if err != nil {
		return 0
	}
	server, _ := drivers.ServerOf(ctx, api) // without an answer it does not say
	return server.Environment.PID
}

// notBack says what a member lacks to be back.
func notBack(f schema.Facts, a plan.Await) error {
	m, there := f.Members[a.Member]
	host := f.Hosts[a.Member]
	newer := m.Schema > a.Schema || m.Extensions > a.Extensions
	switch {
	case !there:
		return fmt.Errorf("the database does not list %s", a.Member)
	case newer && Blocked(f, a.Member):
		return nil // it waits for the others
	case host.Fault != "":
		return fmt.Errorf("%s does not answer: %s", a.Member, host.Fault)
	case !m.Online:
		return fmt.Errorf("%s is Offline: its heartbeat is %s old", a.Member, m.HeartbeatAge.Round(time.Second))
	}
	return nil
}

func notEqual(f schema.Facts) error {
	for _, name := range f.MemberOrder() {
		m := f.Members[name]
		switch {
		case m.State == schema.StatePending:
		case !m.Online:
			return fmt.Errorf("%s is Offline: its heartbeat is %s old", name, m.HeartbeatAge.Round(time.Second))
		case behind(f, name):
			return fmt.Errorf("%s still runs an older version", name)
		case f.Hosts[name].Fault != "":
			return fmt.Errorf("%s does not answer: %s", name, f.Hosts[name].Fault)
		}
	}
	return nil
}

// notHeard says which member has no heartbeat that is so young. Over REST nobody tells how old they are.
func notHeard(f schema.Facts, age time.Duration) error {
	for _, name := range f.MemberOrder() {
		if m := f.Members[name]; m.State != schema.StatePending && m.HeartbeatAge > age {
			return fmt.Errorf("the leader has not heard %s for %s", name, m.HeartbeatAge.Round(time.Second))
		}
	}
	return nil
}

// Blocked reports whether a member waits for others to be brought up to date: a row of another member has a lower
// schema or fewer extensions (lxd 5.0.2, lxd/db/cluster/open.go checkClusterIsUpgradable).
func Blocked(f schema.Facts, member string) bool {
	m := f.Members[member]
	for name, other := range f.Members {
		if name != member && other.State != schema.StatePending &&
			(other.Schema < m.Schema || other.Extensions < m.Extensions) {
			return true
		}
	}
	return false
}

// behind reports whether another member has a higher schema or more extensions.
func behind(f schema.Facts, member string) bool {
	m := f.Members[member]
	for name, other := range f.Members {
		if name != member && other.State != schema.StatePending &&
			(other.Schema > m.Schema || other.Extensions > m.Extensions) {
			return true
		}
	}
	return false
}

// shell runs a command on the step's member.
func (t *task) shell(ctx context.Context, s plan.Shell) error {
	shell, ok := t.engine.Backend.(drivers.Shell)
	if !ok {
		return &drivers.Error{Kind: drivers.Unsupported, Op: "running a command", Member: t.step.Member,
			Err: errors.New("there is no shell in this world")}
	}
	command := drivers.Command{Task: drivers.Task(s.Task), Binary: s.Binary, Folder: s.Folder, File: s.File,
		Names: s.Names, Text: s.Text, Member: t.step.Member, Address: s.Address}
	if s.From != "" {
		packed, err := t.runOn(ctx, shell, drivers.Command{Task: drivers.TaskPack, Folder: s.FromFolder, Member: s.From})
		if err != nil {
			return err
		}
		command.Input = []byte(packed)
	}
	_, err := t.runOn(ctx, shell, command)
	return err
}

// runOn runs a command that has to succeed, and returns what it prints.
func (t *task) runOn(ctx context.Context, shell drivers.Shell, c drivers.Command) (string, error) {
	t.say("waiting for the command on %s to end", c.Member)
	out, err := shell.Run(ctx, c.Member, c)
	switch {
	case err != nil:
		return "", t.failure(ctx, err)
	case out.Exit != 0:
		return "", &drivers.Error{Kind: drivers.Internal, Op: "running a command", Member: c.Member,
			Err: fmt.Errorf("it exits with %d: %s", out.Exit, lastLines(cmp.Or(out.Stderr, out.Stdout)))}
	}
	return out.Stdout, nil
}

// lastLines returns the end of what a command printed, on one line.
func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}
