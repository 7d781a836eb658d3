package cmd

import (
	"regexp"
	"testing"
	"time"
)

// lines has a line in its channel for each Write, which holds them up when it is full.
type lines chan string

func (l lines) Write(data []byte) (int, error) {
	l <- string(data)
	return len(data), nil
}

// TestWaitsAreSaidInLines holds what is said where there is no terminal: a line for all that is waited for, and another
// one as long as it is.
func TestWaitsAreSaidInLines(t *testing.T) {
	t.Parallel()
	out := make(lines, 1000)
	w := newWaits(nil, out)
	w.first, w.again = 40*time.Millisecond, 50*time.Millisecond
	w.begin("node1", "an answer to GET /1.0")() // what ends is not said
	database, node3 := w.begin("", "the database"), w.begin("node3", "a connection")
	says := func(pattern string) { // a line that is on its way may come before
		for said := range out {
			if regexp.MustCompile(pattern).MatchString(said) {
				return
			}
		}
	}
	both := `^Still waiting for the database \([0-9.]+s\); node3: a connection \([0-9.]+s\)\.\n$`
	says(both)
	says(both)
	database()
	says(`^Still waiting for node3: a connection \([0-9.]+s\)\.\n$`)
	node3()
	if left := w.shown(); len(left) > 0 {
		t.Errorf("still shows %q", left)
	}
}
