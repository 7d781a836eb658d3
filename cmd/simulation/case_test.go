package simulation

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"clusterctl/drivers/sandbox"
	"clusterctl/plan"
	"clusterctl/schema/kinds"
)

// trouble is one case: where it begins, and the fault of each run that follows. Call 0 is none.
type trouble struct {
	scene  *scene
	faults []hit
}

// hit is a fault at the call of that number, or, where fitting, at the one of that number that it can strike.
type hit struct {
	fault   string
	call    int
	fitting bool
}

// String is the hit as a word of a line: fault@call, or fault#call of those that it can strike.
func (h hit) String() string {
	if h.fitting {
		return fmt.Sprintf("%s#%d", h.fault, h.call)
	}
	return fmt.Sprintf("%s@%d", h.fault, h.call)
}

// String is the case as a line that parse reads.
func (c trouble) String() string {
	words := []string{c.scene.wish.name, c.scene.name()}
	for _, h := range c.faults {
		words = append(words, h.String())
	}
	return strings.Join(words, " ")
}

// leftovers is how a refusal names the consent that the repair of what a crash left needs.
var leftovers = regexp.MustCompile(`--allow-destroy (leftovers/\S+)`)

// play plays the case in a world of its own, and once more when it took too long: the machine may do much else.
func (c trouble) play(t testing.TB) error {
	err := c.playOnce(t)
	if errors.Is(err, errPatience) {
		t.Logf("%s: %v; once more", c, err)
		err = c.playOnce(t)
	}
	return err
}

func (c trouble) playOnce(t testing.TB) error {
	p := c.scene.open(t)
	defer p.close(t)
	return c.playIn(p)
}

// playIn breaks runs off as the case says and then expects one plain run to do the rest.
func (c trouble) playIn(p *place) error {
	var left func()
	var story []string
	for _, h := range c.faults {
		a := &attempt{}
		a.hit, a.stale, a.late = h, c.scene.before, left
		p.apply(c.scene.wish, a)
		story = append(story, fmt.Sprintf("%s met %s, and the run said: %v", h, a.struck, a.err))
		if err := c.quiet(p, a); err != nil {
			return fmt.Errorf("%s\n%w", strings.Join(story, "\n"), err)
		}
		left = a.left
	}
	a := &attempt{}
	a.late = left
	began := time.Now()
	p.apply(c.scene.wish, a)
	if found := c.consents(a); len(found) > 0 {
		a = &attempt{allow: found}
		p.apply(c.scene.wish, a)
	}
	err := c.judge(p, a)
	if took := time.Since(began); err == nil && took > patience {
		err = fmt.Errorf("%w: it took %s", errPatience, took)
	}
	if err != nil {
		err = fmt.Errorf("%s\n%w\nlast calls: %v", strings.Join(story, "\n"), err, tail(a.calls, 12))
	}
	return err
}

// patience is how long the plain run may take.
const patience = time.Minute

var errPatience = errors.New("the plain run took longer than " + patience.String())

// judge judges the plain run and where it led.
func (c trouble) judge(p *place, a *attempt) error {
	if a.err != nil || a.result.ExitCode != 0 {
		return fmt.Errorf("the plain run: %w\n%w", a.err, a.result.Diagnostics)
	}
	if err := c.consented(a); err != nil {
		return err
	}
	got, err := p.state(c.scene.wish)
	if err == nil && got != *c.scene.end {
		err = fmt.Errorf("the end differs:\n%s", difference(*c.scene.end, got))
	}
	return err
}

// quiet is the world after a run that was broken off: whoever died is started again, and nobody holds the lock.
func (c trouble) quiet(p *place, a *attempt) error {
	if err := p.Heal(); err != nil {
		return err
	}
	crashed := a.ended || a.killed > 0
	for _, m := range p.Members() {
		if !m.Up && !slices.Contains(c.scene.down, m.Name) {
			a.problem(p.start(m.Name))
		}
	}
	p.kept = slices.ContainsFunc(p.Members(), func(m sandbox.MemberInfo) bool {
		return !m.Up && !slices.Contains(c.scene.down, m.Name)
	})
	left, err := p.endLease()
	if left && !crashed {
		return errors.Join(errors.New("a run that ended by itself left its lock"), a.err)
	}
	return errors.Join(err, a.broken)
}

// consents are those that a refused run asks for to repair what a crash left.
func (c trouble) consents(a *attempt) []string {
	var out []string
	for _, d := range a.result.Diagnostics {
		for _, found := range leftovers.FindAllStringSubmatch(d.Detail+" "+d.Hint, -1) {
			out = append(out, strings.TrimRight(found[1], ".,;)'"))
		}
	}
	return out
}

// consented fails when a run destroyed what nobody allowed.
func (c trouble) consented(a *attempt) error {
	for _, v := range a.surveys {
		for _, change := range v.Plan.Changes {
			if change.Action == plan.Delete && !slices.ContainsFunc(c.scene.wish.allow, func(allowed string) bool {
				return change.Ref.Means(kinds.Registry(), allowed)
			}) {
				return fmt.Errorf("%s is deleted without consent", change.Ref)
			}
		}
	}
	return nil
}

func tail[T any](list []T, n int) []T { return list[max(0, len(list)-n):] }

// difference shows the lines that only one of two texts has.
func difference(want, got string) string {
	var out []string
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, line := range a {
		if !slices.Contains(b, line) {
			out = append(out, "- "+line)
		}
	}
	for _, line := range b {
		if !slices.Contains(a, line) {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out, "\n")
}
