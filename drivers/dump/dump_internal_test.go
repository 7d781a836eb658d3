package dump

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

func TestFlavourIsToldFromTheTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		number int
		table  string
		want   schema.Flavour
	}{
		{60, "certificates", schema.Flavour{Product: schema.LXD, Version: "5.0"}},
		{61, "certificates", schema.Flavour{Product: schema.LXD}},
		{70, "certificates", schema.Flavour{}}, // both had it
		{73, "certificates", schema.Flavour{Product: schema.Incus}},
		{73, "identities", schema.Flavour{Product: schema.LXD}},
		{87, "identities", schema.Flavour{Product: schema.LXD}},
	} {
		if got := flavour(c.number, map[string]bool{c.table: true}); got != c.want {
			t.Errorf("schema %d with %s: got %s, want %s", c.number, c.table, got, c.want)
		}
	}
}

// TestBrokenFilesLeaveNothingBehind opens a file that ends in the middle, again and again: a connection that was not closed
// would keep a goroutine. It counts them, so it runs alone.
func TestBrokenFilesLeaveNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		_, err := Open(t.Context(), Config{Registry: kinds.Registry(),
			Input: strings.NewReader("BEGIN; CREATE TABLE nodes(id INTEGER); INSERT INTO nodes VALUES(1);")})
		if err == nil {
			t.Fatal("a file without its end was read")
		}
	}
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, there were %d before", runtime.NumGoroutine(), before)
		}
	}
}
