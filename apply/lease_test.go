package apply

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clusterctl/drivers"
)

// rolling is a daemon of a cluster whose members run that many versions. It plays the statements of a lock; its REST API
// fails, as it does while a member waits for others.
type rolling struct {
	versions int
	value    string
	calls    []string
}

var texts = regexp.MustCompile(`X'([0-9A-F]*)'`)

func (r *rolling) Do(_ context.Context, c drivers.Call) (drivers.Reply, error) {
	r.calls = append(r.calls, c.Method+" "+c.Path)
	body, ok := c.Body.(map[string]string)
	if c.Path != "/internal/sql" || !ok {
		return drivers.Reply{}, errors.New("failed to notify peer")
	}
	var given []string
	for _, found := range texts.FindAllStringSubmatch(body["query"], -1) {
		text, err := hex.DecodeString(found[1])
		if err != nil {
			return drivers.Reply{}, err
		}
		given = append(given, string(text))
	}
	rows := [][]any{}
	switch word, _, _ := strings.Cut(body["query"], " "); {
	case strings.Contains(body["query"], "FROM nodes"):
		rows = slices.Repeat([][]any{{"1", "2"}}, r.versions)
	case word == "SELECT":
		rows = [][]any{{r.value, fmt.Sprint(time.Now().Unix())}}
	case word == "INSERT" && r.value == "":
		r.value = given[0]
	case word == "UPDATE" && r.value == given[1]:
		r.value = given[0]
	case word == "DELETE" && r.value == given[0]:
		r.value = ""
	}
	out, err := json.Marshal(map[string]any{"Results": []any{map[string]any{"rows": rows}}})
	return drivers.Reply{Metadata: out}, err
}

func TestLockIsInTheDatabaseWhileMembersRunDifferentVersions(t *testing.T) {
	t.Parallel()
	daemon := &rolling{versions: 2}
	lock := Lock{API: daemon, Rolling: true}
	mine, other := Lease{ID: "mine", Owner: "o'neill; drop", Host: "here"}, Lease{ID: "other"}
	if _, err := lock.Take(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	if held, err := lock.Read(t.Context()); err != nil || !held.Locked || held.Lease.Owner != mine.Owner {
		t.Errorf("the holder is %v, %v", held, err)
	}
	var taken *HeldError
	if _, err := lock.Take(t.Context(), other); !errors.As(err, &taken) || taken.Lease.ID != "mine" {
		t.Errorf("taking it a second time: %v, want that it is held", err)
	}
	if _, err := lock.Take(t.Context(), mine); err != nil {
		t.Errorf("taking it again: %v", err)
	}
	if err := lock.Release(t.Context(), other.ID); err != nil || daemon.value == "" {
		t.Errorf("releasing another one's: %v, left %q", err, daemon.value)
	}
	if err := lock.Release(t.Context(), mine.ID); err != nil || daemon.value != "" {
		t.Errorf("releasing it: %v, left %q", err, daemon.value)
	}
	for _, call := range daemon.calls {
		if call != "POST /internal/sql" {
			t.Errorf("a member that waits would never answer %s", call)
		}
	}
}

func TestExpiredLockIsTakenFromTheDatabase(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(Lease{ID: "old", Expires: time.Now().Add(-time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	daemon := &rolling{versions: 2, value: string(text)}
	if _, err := (Lock{API: daemon, Rolling: true}).Take(t.Context(), Lease{ID: "mine"}); err != nil || !strings.Contains(daemon.value, `"mine"`) {
		t.Errorf("taking it: %v, stored %s", err, daemon.value)
	}
}

// TestLockGoesOverRESTOtherwise has members that tell each other what is changed.
func TestLockGoesOverRESTOtherwise(t *testing.T) {
	t.Parallel()
	for _, lock := range []Lock{{API: &rolling{versions: 1}, Rolling: true}, {API: &rolling{versions: 2}}} {
		if _, err := lock.Read(t.Context()); err == nil {
			t.Error("the REST API was not asked")
		}
	}
}

// A daemon that waits for an upgrade keeps the one that is told of another lock waiting for seven minutes.
func TestLockIsNotToldOfWhileNothingTellsTheVersions(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(Lease{ID: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	daemon := &broken{rolling: rolling{versions: 2, value: string(text)}, at: []int{1, 2}}
	lock := Lock{API: daemon, Rolling: true}
	if _, err := lock.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "versions") {
		t.Errorf("reading it: %v, want that the versions are not known", err)
	}
	if _, err := lock.Take(t.Context(), Lease{ID: "mine"}); err == nil || !strings.Contains(err.Error(), "versions") {
		t.Errorf("taking it: %v, want that the versions are not known", err)
	}
	if want := []string{"POST /internal/sql", "POST /internal/sql"}; !slices.Equal(daemon.calls, want) {
		t.Errorf("it was asked %q, want %q", daemon.calls, want)
	}
}

// A member that was restarted with another version listens before the database has that version.
func TestLockIsRenewedInTheDatabaseOnceMembersAreRestarted(t *testing.T) {
	t.Parallel()
	daemon := &rolling{versions: 2}
	held, err := Lock{API: daemon, Rolling: true}.Take(t.Context(), Lease{ID: "mine"})
	if err != nil {
		t.Fatal(err)
	}
	daemon.versions = 1
	if err := held.renew(t.Context()); err == nil {
		t.Error("before that it is renewed over REST")
	}
	held.Restarting()
	if err := held.renew(t.Context()); err != nil {
		t.Errorf("renewing it in the database: %v", err)
	}
}

// broken is a daemon whose connection breaks at some calls, by their number.
type broken struct {
	rolling
	at []int
}

func (b *broken) Do(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
	reply, err := b.rolling.Do(ctx, c)
	if slices.Contains(b.at, len(b.calls)) {
		return drivers.Reply{}, errors.New("EOF")
	}
	return reply, err
}

func TestReleaseGoesOnWhenTheConnectionBreaks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		text, err := json.Marshal(Lease{ID: "mine"})
		if err != nil {
			t.Fatal(err)
		}
		// At a reading, and at what was written.
		daemon := &broken{rolling: rolling{versions: 2, value: string(text)}, at: []int{2, 4}}
		if err := (Lock{API: daemon, Rolling: true}).Release(t.Context(), "mine"); err != nil || daemon.value != "" {
			t.Errorf("releasing it: %v, left %q", err, daemon.value)
		}
		daemon = &broken{rolling: rolling{versions: 2, value: string(text)}, at: []int{2, 3, 4, 5, 6, 7}}
		if err := (Lock{API: daemon, Rolling: true}).Release(t.Context(), "mine"); err == nil {
			t.Error("a lock that nobody could give back is said to be given back")
		}
	})
}
