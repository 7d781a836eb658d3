package simulation

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"
)

var (
	allFlag   = flag.Bool("all", false, "every fault at every call, instead of a sample")
	pairsFlag = flag.Int("pairs", 2, "how many pairs of faults are drawn")
	walksFlag = flag.Int("walks", 1, "how many walks from wish to wish are drawn")
	seedFlag  = flag.Uint64("seed", 1, "what samples, pairs and walks are drawn from")
	keepFlag  = flag.Bool("keep", false, "add each case that fails to "+regressions+", so that it is a test from now on")
	onlyFlag  = flag.String("only", "", "of all cases with one fault, those whose line matches this regular expression")
)

// sampled is how many cases with one fault are played where not all are.
const sampled = 4

// regressions are cases that failed once, a line each, as a failure prints it.
const regressions = "testdata/regressions.txt"

// filmed is the story, played once for all tests.
var filmed = sync.OnceValues(func() ([]*scene, error) {
	dir, err := os.MkdirTemp("", "simulation-")
	if err != nil {
		return nil, err
	}
	return film(dir, "testdata/story.txtar")
})

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if scenes, err := filmed(); err == nil {
		_ = os.RemoveAll(filepath.Dir(scenes[0].dir)) // a temporary folder
	}
	os.Exit(code)
}

// scenes returns those of the story; none changes any more once its calls were counted.
func scenes(t *testing.T) []*scene {
	t.Helper()
	found, err := filmed()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// singles are the cases with one fault that begin in the scene. What goes before the first step is the same in each scene
// of a wish but the first and the last.
func (s *scene) singles(t testing.TB) []trouble {
	s.rehearse(t)
	from := s.first
	if s.begins || s.step == "" {
		from = 1
	}
	var out []trouble
	for call := from; call <= s.last; call++ {
		for _, f := range slices.Sorted(maps.Keys(faults)) {
			if can(f, s.calls[call-1]) {
				out = append(out, trouble{s, []hit{{f, call}}})
			}
		}
	}
	return out
}

// TestOneFault breaks a run off in one place, and expects one plain run to do the rest: every fault at every call with
// -all, else some.
func TestOneFault(t *testing.T) {
	t.Parallel()
	all, only := scenes(t), regexp.MustCompile(*onlyFlag)
	rng := rand.New(rand.NewPCG(*seedFlag, 1))
	var cases []trouble
	switch {
	case *allFlag || *onlyFlag != "":
		for _, s := range all {
			cases = append(cases, s.singles(t)...)
		}
		cases = slices.DeleteFunc(cases, func(c trouble) bool { return !only.MatchString(c.String()) })
	default:
		for len(cases) < sampled {
			some := all[rng.IntN(len(all))].singles(t)
			cases = append(cases, some[rng.IntN(len(some))])
		}
	}
	playAll(t, cases)
}

// TestTwoFaults breaks the run off that was to do the rest, too.
func TestTwoFaults(t *testing.T) {
	t.Parallel()
	all, names := scenes(t), slices.Sorted(maps.Keys(faults))
	var cases []trouble
	for n := range *pairsFlag {
		rng := rand.New(rand.NewPCG(*seedFlag+uint64(n), 2))
		c := trouble{scene: all[rng.IntN(len(all))]}
		c.faults = []hit{{names[rng.IntN(len(names))], 1 + rng.IntN(12)}, {names[rng.IntN(len(names))], 1 + rng.IntN(40)}}
		cases = append(cases, c)
	}
	playAll(t, cases)
}

// TestRegressions plays the cases that failed once.
func TestRegressions(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(regressions)
	if err != nil {
		t.Fatal(err)
	}
	var cases []trouble
	for line := range strings.Lines(string(text)) {
		if line, _, _ := strings.Cut(line, "#"); strings.TrimSpace(line) != "" {
			cases = append(cases, parse(t, scenes(t), line))
		}
	}
	playAll(t, cases)
}

// parse reads what String writes.
func parse(t *testing.T, all []*scene, line string) (c trouble) {
	t.Helper()
	words := strings.Fields(line)
	for _, s := range all {
		if len(words) > 2 && s.wish.name == words[0] && s.name() == words[1] {
			c.scene = s
		}
	}
	if c.scene == nil {
		t.Fatalf("%q begins in no scene of the story", line)
	}
	for _, word := range words[2:] {
		fault, call, _ := strings.Cut(word, "@")
		n, err := strconv.Atoi(call)
		if faults[fault] == nil || err != nil {
			t.Fatalf("%q: what is %s?", line, word)
		}
		c.faults = append(c.faults, hit{fault, n})
	}
	return c
}

// keep adds a case to the regressions, which go test plays from then on.
func keep(c trouble) error {
	f, err := os.OpenFile(regressions, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, c)
	return errors.Join(err, f.Close())
}

// playAll plays cases side by side, each in a world of its own. Of one that fails it prints the line for the
// regressions, and with -keep adds it.
func playAll(t *testing.T, cases []trouble) {
	t.Helper()
	var group errgroup.Group
	var keeping sync.Mutex
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, c := range cases {
		group.Go(func() error {
			if err := c.play(t); err != nil {
				t.Errorf("%v\nto keep it, add to %s:\n%s", err, regressions, c)
				fmt.Fprintf(os.Stderr, "FAIL %s\n", c)
				if *keepFlag {
					keeping.Lock()
					defer keeping.Unlock()
					return keep(c)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("%d cases", len(cases))
}
