package simulation

import (
	"flag"
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
	keepFlag  = flag.Bool("keep", false, "write a Go test for each case that fails, which plays it alone from now on")
	onlyFlag  = flag.String("only", "", "of all cases with one fault, those whose line matches this regular expression")
)

// sampled is how many cases with one fault are played where not all are.
const sampled = 4

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

// singles are the cases with one fault that begin in the scene. What goes before the first step is the same in each
// scene of a wish but the first and the last.
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
				out = append(out, trouble{s, []hit{{fault: f, call: call}}})
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

// TestTwoFaults breaks the run off that was to do the rest, too. The first fault is one of those of the scene.
func TestTwoFaults(t *testing.T) {
	t.Parallel()
	all := scenes(t)
	var cases []trouble
	for n := range *pairsFlag {
		rng := rand.New(rand.NewPCG(*seedFlag+uint64(n), 2))
		some := all[rng.IntN(len(all))].singles(t)
		c := some[rng.IntN(len(some))]
		c.faults = append(c.faults, drawn(rng))
		cases = append(cases, c)
	}
	playAll(t, cases)
}

// drawn is any fault at one of the first calls that it can strike.
func drawn(rng *rand.Rand) hit {
	names := slices.Sorted(maps.Keys(faults))
	return hit{names[rng.IntN(len(names))], 1 + rng.IntN(12), true}
}

// playLine plays the case of a line; what -keep writes calls it.
func playLine(t *testing.T, line string) {
	t.Helper()
	t.Parallel()
	if err := parse(t, scenes(t), line).play(t); err != nil {
		t.Error(err)
	}
}

// word is a fault in a line.
var word = regexp.MustCompile(`^([\w-]+)([@#])(\d+)$`)

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
	for _, w := range words[2:] {
		found := word.FindStringSubmatch(w)
		if found == nil || faults[found[1]] == nil {
			t.Fatalf("%q: what is %s?", line, w)
		}
		n, _ := strconv.Atoi(found[3]) // digits
		c.faults = append(c.faults, hit{found[1], n, found[2] == "#"})
	}
	return c
}

// playAll plays cases side by side, each in a world of its own.
func playAll(t *testing.T, cases []trouble) {
	t.Helper()
	var group errgroup.Group
	group.SetLimit(2 * runtime.GOMAXPROCS(0)) // some wait for a fault to pass
	for _, c := range cases {
		group.Go(func() error {
			if err := c.play(t); err != nil {
				failed(t, "playLine", c.String(), err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("%d cases", len(cases))
}
