package schema

import "fmt"

// Fault is the kind of a failure between us and a server.
type Fault int

// The kinds of faults. The zero value is none.
const (
	_                   Fault = iota
	FaultNotFound             // 404
	FaultConflict             // 409: exists already, or in use
	FaultPrecondition         // 412: somebody changed it since it was read
	FaultInvalid              // 400: the daemon does not accept the request
	FaultDenied               // 403, a refused key or password
	FaultUnreachable          // no connection
	FaultNoLeader             // the database has no leader: no quorum, or an election
	FaultHostKey              // the SSH host key is another one than the known one, or the known ones cannot be read
	FaultHostKeyUnknown       // no SSH host key is known for the host
	FaultCertificate          // the TLS certificate is not the one that was pinned
	FaultUnsupported          // the daemon has no such endpoint
	FaultTimeout              // our own limit ran out
	FaultStarting             // 503: the daemon is being set up, or is blocked
	FaultInternal             // any other failure that the daemon reports
)

var faultNames = []string{"", "not found", "conflict", "changed meanwhile", "invalid request", "denied",
	"unreachable", "no leader",
	"host key", "unknown host key", "certificate", "unsupported", "timed out", "starting", "internal error"}

// String returns the words for people and JSON; none for no fault.
func (f Fault) String() string {
	if f < 0 || int(f) >= len(faultNames) {
		return fmt.Sprintf("fault %d", int(f))
	}
	return faultNames[f]
}

// MarshalText writes the words.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads them.
func (f *Fault) UnmarshalText(text []byte) error {
	for i, name := range faultNames {
		if name == string(text) {
			*f = Fault(i)
			return nil
		}
	}
	return fmt.Errorf("there is no fault %q", text)
}

// Temporary reports whether trying again may help without anybody doing something.
func (f Fault) Temporary() bool {
	switch f {
	case FaultUnreachable, FaultNoLeader, FaultTimeout, FaultStarting, FaultPrecondition:
		return true
	}
	return false
}
