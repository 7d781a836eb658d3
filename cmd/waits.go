package cmd

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/schema"
)

// waits says whose answer is waited for: on a terminal by live lines, elsewhere by a line now and then.
type waits struct {
	// screen is nil where there is no terminal; to is standard error then.
	screen *screen
	to     io.Writer
	// first is how long nothing is said, again the time between two lines off a terminal.
	first, again time.Duration

	mu   sync.Mutex
	open map[*wait]bool
	// told is when a line said so last.
	told time.Time

	// hide takes them off the screen; it is nil where they are not there.
	showing sync.Mutex
	hide    func()
}

// wait is one of them.
type wait struct {
	member, what string
	since        time.Time
	timer        *time.Timer
}

// newWaits returns those of a command. What ends at once is not worth a line.
func newWaits(s *screen, to io.Writer) *waits {
	w := &waits{screen: s, to: to, first: 5 * time.Second, again: 30 * time.Second, open: map[*wait]bool{}}
	if s != nil {
		w.first = 500 * time.Millisecond
	}
	return w
}

// begin is for [drivers.Hearing].
func (w *waits) begin(member, what string) (over func()) {
	one := &wait{member: member, what: what, since: time.Now()}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open[one] = true
	one.timer = time.AfterFunc(w.first, func() { w.grow(one) })
	return func() { w.end(one) }
}

// grow shows a wait that is long enough by now.
func (w *waits) grow(one *wait) {
	if w.screen != nil {
		w.show()
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.open[one] {
		return
	}
	if time.Since(w.told) >= w.first { // the line of another wait has it otherwise
		w.told = time.Now()
		fmt.Fprintf(w.to, "Still waiting for %s.\n", strings.Join(w.lines(w.first/2), "; "))
	}
	one.timer.Reset(w.again)
}

func (w *waits) end(one *wait) {
	w.mu.Lock()
	one.timer.Stop()
	delete(w.open, one)
	w.mu.Unlock()
	if w.screen != nil && time.Since(one.since) >= w.first {
		w.show()
	}
}

// show puts them on the screen, or takes them off it.
func (w *waits) show() {
	w.showing.Lock()
	defer w.showing.Unlock()
	switch late := len(w.shown()) > 0; {
	case late && w.hide == nil:
		w.hide = w.screen.Show(w.shown)
	case !late && w.hide != nil:
		w.hide()
		w.hide = nil
	}
}

// shown are the live lines.
func (w *waits) shown() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return schema.Map(w.lines(w.first), func(line string) string { return "Waiting for " + line })
}

// lines has of each member the longest of the waits that are at least that old: "node3: a connection (4.2s)".
func (w *waits) lines(least time.Duration) []string {
	longest := map[string]*wait{}
	for one := range w.open {
		if before := longest[one.member]; before == nil || one.since.Before(before.since) {
			longest[one.member] = one
		}
	}
	list := slices.DeleteFunc(slices.Collect(maps.Values(longest)), func(one *wait) bool {
		return time.Since(one.since) < least
	})
	slices.SortFunc(list, func(a, b *wait) int { return schema.CompareNames(a.member, b.member) })
	return schema.Map(list, func(one *wait) string {
		text := one.what + " (" + session.Took(time.Since(one.since)) + ")"
		if one.member != "" {
			text = one.member + ": " + text
		}
		return render.Clean(text)
	})
}
