package simulation

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"clusterctl/apply"
	"clusterctl/schema"
)

// wish is what somebody wants at one time.
type wish struct {
	name, text string
	// allow is what may be destroyed for it; lost are the servers that are lost before.
	allow, lost []string
}

// readStory reads the wishes of a file, in their order.
func readStory(file string) ([]wish, error) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	var out []wish
	var next wish
	for _, f := range archive.Files {
		switch name, part, _ := strings.Cut(f.Name, "."); part {
		case "lost":
			next.lost = strings.Fields(string(f.Data))
		case "yaml":
			next.name, next.text = name, string(f.Data)
			out, next = append(out, next), wish{}
		case "allow":
			out[len(out)-1].allow = strings.Fields(string(f.Data))
		}
	}
	return out, nil
}

// scene is the world before a step of an undisturbed run.
type scene struct {
	wish wish
	// step is the one that comes next; empty once all are done. In dir is the world.
	step, dir string
	// begins reports that it is the first scene of its wish, ends that its step is the last one: what the run does after
	// it, such as giving the lock back, belongs to it.
	begins, ends bool
	// down are the servers that are lost, before is what was read when the run began.
	down   []string
	before schema.Cluster
	// end is the world once the wish has come true.
	end *string
	// first and last are the numbers of the calls of this step, in a run that begins here; calls are all until then. They
	// are known once it was rehearsed.
	rehearsed   sync.Once
	first, last int
	calls       []moment
}

// name is the scene's in a line of a case.
func (s *scene) name() string { return cmp.Or(s.step, "end") }

// film plays a story undisturbed and keeps the world as it is before each step.
func film(dir, file string) (scenes []*scene, err error) {
	wishes, err := readStory(file)
	if err != nil {
		return nil, err
	}
	p, err := openPlace(context.Background(), filepath.Join(dir, "world"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	var down []string
	for _, w := range wishes {
		if err := p.lose(w.lost); err != nil {
			return nil, err
		}
		down = append(down, w.lost...)
		end, begins := new(string), true
		_, before, err := p.plan(w)
		if err != nil {
			return nil, err
		}
		keep := func(step string) error {
			s := &scene{wish: w, step: step, dir: filepath.Join(dir, fmt.Sprint(len(scenes))), begins: begins,
				down: slices.Clone(down), before: before, end: end}
			scenes, begins = append(scenes, s), false
			return p.Copy(s.dir)
		}
		var kept []error
		a := &attempt{onEvent: func(e apply.Event) {
			if e.Kind == apply.Started {
				kept = append(kept, keep(string(e.Step.ID)))
			}
		}}
		p.apply(w, a)
		if a.err != nil {
			return nil, fmt.Errorf("%s: %w %w", w.name, a.err, a.result.Diagnostics)
		}
		if *end, err = p.state(w); err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		scenes[len(scenes)-1].ends = true
		if err := errors.Join(append(kept, keep(""))...); err != nil {
			return nil, err
		}
	}
	return scenes, nil
}

// rehearse counts the calls of the scene's step, once.
func (s *scene) rehearse(t testing.TB) { s.rehearsed.Do(func() { s.count(t) }) }

// count lets that step alone happen.
func (s *scene) count(t testing.TB) {
	p := s.open(t)
	defer p.close(t)
	a := &attempt{}
	a.onEvent = func(e apply.Event) {
		switch {
		case e.Kind == apply.Started && s.first == 0:
			s.first = len(a.calls) + 1
		case e.Kind == apply.Done && !s.ends:
			s.last = len(a.calls)
			a.mu.Lock()
			defer a.mu.Unlock()
			_ = a.end()
		}
	}
	p.apply(s.wish, a)
	s.calls = a.calls
	switch {
	case s.last == 0 && a.err == nil:
		s.first, s.last = max(s.first, 1), len(a.calls) // from the first on where nothing is left to do
	case s.last == 0:
		t.Fatalf("%s before %s: %v\n%v", s.wish.name, s.step, a.err, a.result.Diagnostics)
	}
}

// open starts a world of its own as it was in the scene.
func (s *scene) open(t testing.TB) *place {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "world")
	if err := os.CopyFS(dir, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	p, err := openPlace(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.lease(nil); err != nil { // of the run that was filmed
		t.Fatal(err)
	}
	return p
}

// state is the world as text: every object, every member, and how many rows each table of the database has. It fails
// when the wish has not come true.
func (p *place) state(w wish) (string, error) {
	var live schema.Cluster
	for range 3 {
		planned, seen, err := p.plan(w)
		switch {
		case err != nil:
			return "", fmt.Errorf("planning again: %w", err)
		case !planned.Empty() || planned.Refused():
			return "", fmt.Errorf("a further plan is not empty: %v %w", planned.Changes, planned.Diagnostics)
		}
		live = seen
	}
	var out []string
	for _, o := range live.Objects() {
		o = o.Clone()
		maps.DeleteFunc(o.Config, func(key, _ string) bool { return strings.HasPrefix(key, "volatile.") })
		delete(o.Config, apply.LockKey)
		text, err := json.Marshal(o)
		if err != nil {
			return "", err
		}
		out = append(out, o.Ref.String()+" "+string(text))
	}
	roles := map[schema.RaftRole]int{}
	for name, m := range live.Facts.Members {
		roles[m.Role]++
		out = append(out, fmt.Sprintf("member %s at %s, %s, online %t, %d instances, %d volumes", name, m.Address, m.State,
			m.Online, m.Instances, m.Volumes))
	}
	out = append(out, fmt.Sprint("roles ", roles))
	rows, err := p.rows()
	slices.Sort(out)
	return strings.Join(append(out, rows...), "\n"), err
}

// rows counts the rows of the tables, but for those that heartbeats fill.
func (p *place) rows() ([]string, error) {
	sql := func(query string) ([]string, error) {
		var answer struct{ Results []struct{ Rows [][]any } }
		body, _ := json.Marshal(map[string]string{"database": "global", "query": query})
		err := p.call(p.leader(), "POST", "/internal/sql", string(body), &answer)
		var out []string
		for _, r := range answer.Results {
			for _, row := range r.Rows {
				out = append(out, strings.Trim(fmt.Sprint(row), "[]"))
			}
		}
		return out, err
	}
	tables, err := sql("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")
	var counts []string
	for _, table := range tables {
		if !slices.Contains([]string{"operations", "sqlite_sequence", "config", "images_nodes"}, table) {
			counts = append(counts, "SELECT '"+table+"',count(*) FROM "+table)
		}
	}
	if err != nil || len(counts) == 0 {
		return nil, cmp.Or(err, fmt.Errorf("the database has no tables"))
	}
	return sql(strings.Join(counts, " UNION ALL "))
}
