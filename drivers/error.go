package drivers

import (
	"errors"
	"strings"

	"clusterctl/schema"
)

// Kind classifies what went wrong between us and a daemon.
type Kind int

// The kinds; the zero value is invalid.
const (
	_            Kind = iota
	NotFound          // 404
	Conflict          // 409: exists already, or in use
	Precondition      // 412: somebody changed it since it was read
	Invalid           // 400: the daemon does not accept the request
	Denied            // 403, a refused key or password
	Unreachable       // no connection, or it broke
	NoLeader          // the database has no leader: no quorum, or an election
	HostKey           // the SSH host key is unknown or wrong
	Certificate       // the TLS certificate is not the one that was pinned
	Unsupported       // the daemon has no such endpoint
	Timeout           // our own limit ran out
	Starting          // 503: the daemon is being set up, or is blocked
	Internal          // any other failure that the daemon reports
)

// String returns the words for people and JSON.
func (k Kind) String() string {
	names := []string{"invalid kind", "not found", "conflict", "changed meanwhile", "invalid request", "denied", "unreachable",
		"no leader", "host key", "certificate", "unsupported", "timed out", "starting", "internal error"}
	if k < 0 || int(k) >= len(names) {
		return names[0]
	}
	return names[k]
}

// Temporary reports whether trying again may help without anybody doing something.
func (k Kind) Temporary() bool {
	return k == Unreachable || k == NoLeader || k == Timeout || k == Starting || k == Precondition
}

// Error is a failure at the border. Err carries the daemon's or the library's own words.
type Error struct {
	Kind Kind
	// Op is the call in words: "PUT /1.0/cluster", "connecting over ssh".
	Op     string
	Member string
	Ref    schema.Ref
	Err    error
}

// Error says member, call and cause.
func (e *Error) Error() string {
	var parts []string
	for _, p := range []string{e.Member, e.Op} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	} else {
		parts = append(parts, e.Kind.String())
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first *Error in the chain, zero if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}

// Is reports whether the error is of that kind.
func Is(err error, k Kind) bool { return k != 0 && KindOf(err) == k }
