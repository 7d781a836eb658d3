package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"clusterctl/drivers"
)

// LockKey is the key of the server configuration in which a cluster keeps its lock. LXD takes any key that begins with
// user. and does nothing with it. Before there is a cluster the member that bootstraps keeps it: what it has becomes
// the cluster's.
const LockKey = "user.clusterctl.lock"

// leaseFor is how long a lock is good without being renewed.
const leaseFor = 2 * time.Minute

// Lease says who holds the lock of a cluster. It is advisory: nothing but clusterctl looks at it.
type Lease struct {
	// ID tells leases apart that the same person takes.
	ID    string `json:"id"`
	Owner string `json:"owner"`
	Host  string `json:"host"`
	// Since is when it was taken, Expires until when it is good, both by the server's clock.
	Since   time.Time `json:"since"`
	Expires time.Time `json:"expires"`
	// Process is the process that took it; zero when it could not tell.
	Process Process `json:"process,omitzero"`
}

// String says who holds it and for how long.
func (l Lease) String() string {
	return fmt.Sprintf("%s on %s, since %s", l.Owner, l.Host, l.Since.UTC().Format(time.RFC3339))
}

// HeldError is the error of a lock that somebody else holds.
type HeldError struct {
	Lease Lease
	// Good is for how long, unless it is renewed.
	Good time.Duration
}

// Error names the owner.
func (e *HeldError) Error() string { return "the cluster is locked by " + e.Lease.String() }

// Lock is the lock of one cluster.
type Lock struct {
	API drivers.API
	// Rolling is for an upgrade: the lock is read and written in the database itself, through the socket of a daemon,
	// while members run different versions. Where no daemon tells the versions, it is neither read nor written.
	Rolling bool
	// OwnKeys are the server keys that each member has for itself, as in Engine.
	OwnKeys []string
}

// Held is a lock as it was found.
type Held struct {
	Lease Lease
	// Locked reports that there is a lease; it may have expired.
	Locked bool
	// At is when that was, by the server's clock: clocks differ, and only the server's is the same for all. It is this
	// machine's where the server does not tell.
	At time.Time
	// before is what put needs to store another lease in its place and in no other's.
	before string
}

// Good is how long the lease is good, negative when it has expired.
func (h Held) Good() time.Duration { return h.Lease.Expires.Sub(h.At) }

// Read reads the lock.
func (l Lock) Read(ctx context.Context) (Held, error) {
	l, err := l.now(ctx)
	if err != nil {
		return Held{}, err
	}
	return l.read(ctx)
}

func (l Lock) read(ctx context.Context) (Held, error) {
	text, before, at, err := l.stored(ctx)
	if err != nil {
		return Held{}, fmt.Errorf("reading the lock: %w", err)
	}
	h := Held{before: before, At: at}
	if h.At.IsZero() {
		h.At = time.Now()
	}
	// What cannot be read is nobody's that can be told.
	h.Locked = json.Unmarshal([]byte(text), &h.Lease) == nil && h.Lease.ID != ""
	return h, nil
}

// stored returns the lock's text, what put needs to replace it, and the server's time.
func (l Lock) stored(ctx context.Context) (text, before string, at time.Time, err error) {
	if l.Rolling {
		text, at, err = l.inDatabase(ctx)
		return text, text, at, err
	}
	reply, err := l.API.Do(ctx, drivers.Call{Method: "GET", Path: "/1.0"})
	if err != nil {
		return "", "", at, err
	}
	s, err := drivers.Metadata[drivers.Server](reply, "/1.0")
	if err != nil {
		return "", "", at, err
	}
	text, _ = s.Config[LockKey].(string)
	return text, reply.ETag, reply.At, nil
}

// write stores the lease, renewed at that time, in the place of what was found.
func (l Lock) write(ctx context.Context, lease Lease, found Held) error {
	lease.Expires = found.At.UTC().Truncate(time.Second).Add(leaseFor)
	text, err := json.Marshal(lease)
	if err != nil {
		return err
	}
	return l.put(ctx, string(text), found)
}

// put stores the text; an empty one removes the key.
func (l Lock) put(ctx context.Context, text string, found Held) error {
	ctx = drivers.Changing(ctx)
	if l.Rolling {
		return l.store(ctx, text, found.before)
	}
	body := map[string]any{"config": map[string]string{LockKey: text}}
	call := drivers.Call{Method: "PATCH", Path: "/1.0", Body: body, ETag: found.before}
	if _, err := (keeping{l.API, l.OwnKeys}).Do(ctx, call); err != nil {
		return fmt.Errorf("writing the lock: %w", err)
	}
	return nil
}

// Release gives the lock back, if it still is that of the lease; with an empty ID whoever holds it loses it. Somebody
// who changes something else of the server at the same time is no reason not to, nor is a connection that breaks.
func (l Lock) Release(ctx context.Context, id string) error {
	for try := 1; ; try++ {
		err := l.release(ctx, id)
		if err == nil || try == editTries || !drivers.Is(err, drivers.Precondition) && !drivers.Pause(ctx, releaseAgain) {
			return err
		}
	}
}

func (l Lock) release(ctx context.Context, id string) error {
	l, err := l.now(ctx)
	if err != nil {
		return err
	}
	found, err := l.read(ctx)
	if err != nil || !found.Locked || id != "" && found.Lease.ID != id {
		return err
	}
	return l.put(ctx, "", found)
}

// Take takes the lock for the lease, whose times it sets. It fails with a *HeldError while somebody else's is good:
// until it has expired by the server's clock, or its process is known to have ended. A failure leaves no lock of this
// lease behind.
func (l Lock) Take(ctx context.Context, lease Lease) (*Holding, error) {
	h := &Holding{lock: l, lease: lease}
	err := h.take(ctx)
	if err == nil {
		return h, nil
	}
	if h.wrote {
		short, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseLimit)
		defer cancel()
		err = errors.Join(err, l.Release(short, lease.ID))
	}
	return nil, err
}

// now returns the lock as it has to be used now: a rolling one only while members do run different versions. A daemon
// that is told to change its configuration tells all the others, and those that wait for an upgrade let it wait: it
// fails after seven minutes, and takes the change back (measured on lxd 5.0.2 beside 5.0.2+git20231211); incus 6.0.4
// fails at once, "Daemon is starting up" (measured beside 7.0.2). The database works meanwhile.
func (l Lock) now(ctx context.Context) (Lock, error) {
	if !l.Rolling {
		return l, nil
	}
	rows, err := l.query(ctx,
		"SELECT schema, api_extensions FROM nodes WHERE state <> 1 GROUP BY schema, api_extensions")
	if err != nil {
		return l, fmt.Errorf("reading which versions the members run, for the lock: %w", err)
	}
	l.Rolling = len(rows) > 1
	return l, nil
}

// inDatabase returns the lock's text as it is in the database, and the time there.
func (l Lock) inDatabase(ctx context.Context) (string, time.Time, error) {
	rows, err := l.query(ctx, "SELECT (SELECT value FROM config WHERE key = '"+LockKey+"'), strftime('%s', 'now')")
	if err != nil {
		return "", time.Time{}, err
	}
	if len(rows) != 1 || len(rows[0]) != 2 {
		return "", time.Time{}, errors.New("the daemon gives no row of two columns")
	}
	at, err := strconv.ParseInt(rows[0][1].String, 10, 64)
	return rows[0][0].String, time.Unix(at, 0), err
}

// store replaces the lock's text before, and no other, in the database. An empty one removes it.
func (l Lock) store(ctx context.Context, text, before string) error {
	same := fmt.Sprintf("key = '%s' AND value = %s", LockKey, literal(before))
	statement := "DELETE FROM config WHERE " + same
	switch {
	case text != "" && before != "":
		statement = fmt.Sprintf("UPDATE config SET value = %s WHERE %s", literal(text), same)
	case text != "":
		statement = fmt.Sprintf("INSERT OR IGNORE INTO config (key, value) VALUES ('%s', %s)", LockKey, literal(text))
	}
	if _, err := l.query(ctx, statement); err != nil {
		return fmt.Errorf("writing the lock into the database: %w", err)
	}
	return nil
}

// literal is a text in SQL without a character that means something: the daemon cuts a statement at each semicolon.
func literal(text string) string { return fmt.Sprintf("CAST(X'%X' AS TEXT)", text) }

// query runs a statement in the cluster's database.
func (l Lock) query(ctx context.Context, statement string) ([][]drivers.Cell, error) {
	return drivers.SQL{API: l.API, Database: "global"}.Query(ctx, statement)
}
