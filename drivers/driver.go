package drivers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"clusterctl/schema"
)

// Reader reads what is there.
type Reader interface {
	// Read returns the live cluster as one consistent snapshot. It sends nothing that changes anything.
	// Members that cannot be reached are facts, not errors; the error is for a cluster that cannot be read at all: a
	// *NobodyError when no member could be asked.
	Read(ctx context.Context) (schema.Cluster, error)
}

// Call is one REST call.
type Call struct {
	Method string
	// Path begins with /1.0 or /internal and has no query.
	Path string
	// Query has the parameters, such as target and project.
	Query map[string]string
	// Body is sent as JSON when not nil.
	Body any
	// Upload opens what is sent instead of Body, with the given header fields; it is closed when the call ends.
	Upload func() (io.ReadCloser, error)
	Header map[string]string
	// ETag is sent as If-Match when not empty.
	ETag string
}

// Reply is the daemon's answer to a call that it accepted.
type Reply struct {
	// Status is the HTTP status.
	Status int
	// Metadata is the envelope's metadata: the object, or the operation.
	Metadata json.RawMessage
	// Operation is the path of the background operation, without query; empty for a synchronous answer.
	Operation string
	// ETag is empty where the daemon gives none (LXD 5.0.2 gives none for storage pools).
	ETag string
	// At is when the daemon answered, by its own clock in whole seconds; zero when it does not tell.
	At time.Time
}

// Operation is a background operation of the daemon.
type Operation struct {
	ID          string                     `json:"id"`
	Description string                     `json:"description"`
	Status      string                     `json:"status"`
	StatusCode  int                        `json:"status_code"`
	Err         string                     `json:"err"`
	Resources   map[string][]string        `json:"resources"`
	Metadata    map[string]json.RawMessage `json:"metadata"`
	Location    string                     `json:"location"`
}

// Final reports whether the operation has ended, well or not (status codes 200 to 401).
func (o Operation) Final() bool { return o.StatusCode >= 200 }

// API is one daemon's REST API. It is safe for use by several goroutines.
type API interface {
	// Do sends the call once and returns the answer without waiting for a background operation. It fails with an *Error.
	Do(ctx context.Context, c Call) (Reply, error)
}

// Backend is a world: a real cluster or a pretended one. It is safe for use by several goroutines.
type Backend interface {
	Reader
	// API returns the REST API of that member of the preseed. With an empty name it is any member that is part
	// of the cluster, preferably the leader. It fails with an *Error of kind Unreachable when there is none.
	API(ctx context.Context, member string) (API, error)
	// Close ends all connections.
	Close() error
}

// Approacher is a Backend that can begin to connect before it is asked anything.
type Approacher interface {
	// Approach begins to connect to members where nobody has to be asked for anything, and returns at once. It sends no
	// daemon anything. Closing the backend ends it.
	Approach(ctx context.Context)
}

// Dialer opens network connections from some place: this machine, or the far end of an SSH connection.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Inspector is a Backend that can be asked, besides, what is the matter with a cluster. It answers without a quorum,
// too, and is for those who look after a Read: only connections that were made then are used.
type Inspector interface {
	// Probe opens a TCP connection to a cluster address (host:port), from where the members are if possible, and closes
	// it. It fails with kind Unreachable or Timeout when nobody answers there, and with another kind when that could not
	// be found out.
	Probe(ctx context.Context, address string) error
	// ProbeFrom does that from where the given member is; Unsupported for one without a way to do so, such as HTTPS alone.
	ProbeFrom(ctx context.Context, member, address string) error
	// Raft asks the dqlite of the member at that cluster address for the Raft configuration.
	Raft(ctx context.Context, address string) (schema.Raft, error)
	// LocalRaft reads the copy of the Raft configuration in the member's own database (raft_nodes), by address. The
	// daemon has to run; the database's leader need not.
	LocalRaft(ctx context.Context, member string) ([]schema.RaftMember, error)
	// Clock returns how far the clock of the member is ahead of this machine's, give or take half the time that asking
	// took.
	Clock(ctx context.Context, member string) (time.Duration, error)
	// Certificates reads the member's own certificate and the cluster's, in PEM, from its folder, where the daemon need
	// not run; over HTTPS the daemon tells of the cluster's alone.
	Certificates(ctx context.Context, member string) (own, cluster string, err error)
}

type lookingKey struct{}

// Looking returns a context under which drivers send nothing that could change anything; they fail with Invalid
// instead. Every command line runs under one.
func Looking(ctx context.Context) context.Context { return context.WithValue(ctx, lookingKey{}, true) }

// Changing lifts that again, for the package apply alone. Nobody hears of waits under it: a step says what it does.
func Changing(ctx context.Context) context.Context {
	return Hearing(context.WithValue(ctx, lookingKey{}, false), nil)
}

// errLooking is the cause of a refusal.
var errLooking = errors.New("a look sends nothing that changes anything")

func refuse(ctx context.Context, looks bool) error {
	if on, _ := ctx.Value(lookingKey{}).(bool); !on || looks {
		return nil
	}
	return errLooking
}

// Looks reports a call that changes nothing.
func (c Call) Looks() bool {
	statement, _ := c.Body.(map[string]string)
	return c.Method == http.MethodGet || c.Method == http.MethodPost && c.Path == SQLPath && Selects(statement["query"])
}

// Allowed returns an error for a call that the context does not allow.
func (c Call) Allowed(ctx context.Context) error { return refuse(ctx, c.Looks()) }

// Selects reports a statement that only reads.
func Selects(statement string) bool {
	return strings.HasPrefix(strings.TrimSpace(statement), "SELECT ") && !strings.Contains(statement, ";")
}

// lookingTasks are those that leave everything as it is.
var lookingTasks = []Task{TaskFind, TaskProduct, TaskShow, TaskFiles, TaskRead, TaskReady, TaskAddresses, TaskRemains,
	TaskUser}

// Allowed returns an error for a command that the context does not allow.
func (c Command) Allowed(ctx context.Context) error {
	return refuse(ctx, slices.Contains(lookingTasks, c.Task))
}

type (
	waitsKey   struct{}
	meetingKey struct{}
)

// Meeting returns a context under which a reading of a cluster calls met with what its servers run, before it reads
// what they have, from the goroutine that reads. It may be called for each of several readings, or never.
func Meeting(ctx context.Context, met func(schema.Flavour)) context.Context {
	return context.WithValue(ctx, meetingKey{}, met)
}

// Met tells whoever wants to know under that context, if anybody, what the servers run.
func Met(ctx context.Context, f schema.Flavour) {
	if met, _ := ctx.Value(meetingKey{}).(func(schema.Flavour)); met != nil {
		met(f)
	}
}

// Hearing returns a context under which wait hears of whom an answer is waited for, an empty name for the cluster's
// database, and of what. It is called from several goroutines; what it returns is called once, when the wait is over.
func Hearing(ctx context.Context, wait func(member, what string) (over func())) context.Context {
	return context.WithValue(ctx, waitsKey{}, wait)
}

// Waiting tells whoever hears of waits under that context, if anybody, that one begins. The caller calls over at its
// end.
func Waiting(ctx context.Context, member, what string) (over func()) {
	if wait, _ := ctx.Value(waitsKey{}).(func(member, what string) func()); wait != nil {
		return wait(member, what)
	}
	return func() {}
}
