package cmd

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"clusterctl/cmd/render"
)

// screen is a terminal whose last lines may change while something runs: live lines. What is written to it meanwhile
// stands above them.
type screen struct {
	file *os.File
	// sources say what to show.
	sources atomic.Pointer[[]*func() []string]

	mu    sync.Mutex
	left  bool          // to a pager
	shown *mpb.Progress // nil while there are no live lines
	bar   *mpb.Bar
}

const (
	// liveLines is how many there are at most; the others are counted.
	liveLines   = 16
	refreshRate = 100 * time.Millisecond
)

// writer is a way to the screen: standard output or standard error.
type writer struct {
	*screen
	to   io.Writer
	rest []byte // the beginning of a line, while there are live ones
}

// screen is the terminal that a person sits at; nil for none, or one that cannot move its cursor.
func (s Streams) screen() *screen {
	kind, _ := s.Getenv("TERM")
	for _, way := range []struct {
		to   io.Writer
		here bool
	}{{s.Err, s.ErrTerminal}, {s.Out, s.OutTerminal}} {
		if file, ok := way.to.(*os.File); ok && way.here && kind != "dumb" {
			return &screen{file: file}
		}
	}
	return nil
}

// above is the way to the screen of a stream that leads there, and the stream itself otherwise.
func (s *screen) above(to io.Writer, terminal bool) io.Writer {
	if s == nil || !terminal {
		return to
	}
	return &writer{screen: s, to: to}
}

// live is the screen for what standard output says.
func (c *console) live() render.Live {
	if c.screen == nil || !c.OutTerminal {
		return nil
	}
	return c.screen
}

// Write implements io.Writer.
func (w *writer) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := slices.Concat(w.rest, data)
	w.rest = nil
	if w.shown != nil {
		end := bytes.LastIndexByte(text, '\n') + 1
		if _, err := w.shown.Write(text[:end]); err == nil {
			w.rest = bytes.Clone(text[end:])
			return len(data), nil
		}
	}
	if _, err := w.to.Write(text); err != nil {
		return 0, err
	}
	return len(data), nil
}

// Show implements render.Live: lines is asked what to show below what is shown already, until hide is called.
func (s *screen) Show(lines func() []string) (hide func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ask(append(slices.Clone(s.asked()), &lines))
	if s.shown == nil && !s.left {
		s.begin()
	}
	return sync.OnceFunc(func() { s.hide(&lines) })
}

// leave gives the terminal to somebody else.
func (s *screen) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = true
}

func (s *screen) asked() []*func() []string {
	if list := s.sources.Load(); list != nil {
		return *list
	}
	return nil
}

func (s *screen) ask(list []*func() []string) { s.sources.Store(&list) }

// begin starts to show lines, several times a second. The bar is the last one, and its extension those above.
func (s *screen) begin() {
	var now []string
	above := make([]mpb.BarFiller, 0, liveLines)
	for i := range liveLines {
		above = append(above, mpb.BarFillerFunc(func(w io.Writer, stat decor.Statistics) error {
			if i == 0 { // the first of a frame
				now = s.lines()
			}
			if i >= len(now)-1 {
				return nil
			}
			return fitting(w, now[i], "\n", stat)
		}))
	}
	slices.Reverse(above) // mpb begins with the last of them, which is the uppermost line
	last := mpb.BarFillerFunc(func(w io.Writer, stat decor.Statistics) error {
		if len(now) == 0 {
			return nil
		}
		return fitting(w, now[len(now)-1], "", stat)
	})
	shown := mpb.New(mpb.WithOutput(s.file), mpb.WithRefreshRate(refreshRate))
	bar, err := shown.Add(math.MaxInt64, last, mpb.BarFillerTrim(), mpb.BarTopExtender(above...))
	if err == nil { // it has just begun: it cannot have ended
		s.shown, s.bar = shown, bar
	}
}

// lines are those of all who show some; what does not fit is counted.
func (s *screen) lines() []string {
	var out []string
	for _, lines := range s.asked() {
		out = append(out, (*lines)()...)
	}
	if n := len(out) - liveLines; n > 0 {
		out = slices.Concat(out[:liveLines-2], []string{fmt.Sprintf("... and %d more", n+1)}, out[len(out)-1:])
	}
	return out
}

// hide takes live lines away. Nothing that lines waits for may be locked meanwhile.
func (s *screen) hide(lines *func() []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ask(slices.DeleteFunc(slices.Clone(s.asked()), func(other *func() []string) bool { return other == lines }))
	if len(s.asked()) > 0 || s.shown == nil {
		return
	}
	s.bar.Abort(true)
	s.shown.Wait()
	s.shown = nil
}

// fitting writes a line that is cut where the terminal ends: what it breaks itself would not be counted.
func fitting(w io.Writer, line, end string, stat decor.Statistics) error {
	_, err := io.WriteString(w, runewidth.Truncate(line, stat.AvailableWidth, "…")+end)
	return err
}
