package drivers

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"

	"clusterctl/schema"
)

// Kind classifies what went wrong between us and a daemon.
type Kind = schema.Fault

// The kinds of failures, see package schema.
const (
	NotFound       = schema.FaultNotFound
	Conflict       = schema.FaultConflict
	Precondition   = schema.FaultPrecondition
	Invalid        = schema.FaultInvalid
	Denied         = schema.FaultDenied
	Unreachable    = schema.FaultUnreachable
	NoLeader       = schema.FaultNoLeader
	HostKey        = schema.FaultHostKey
	HostKeyUnknown = schema.FaultHostKeyUnknown
	Certificate    = schema.FaultCertificate
	Unsupported    = schema.FaultUnsupported
	Timeout        = schema.FaultTimeout
	Starting       = schema.FaultStarting
	Internal       = schema.FaultInternal
)

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
	parts := schema.Filter([]string{e.Member, e.Op}, func(p string) bool { return p != "" })
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	} else {
		parts = append(parts, string(e.Kind))
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// NobodyError is the failure of a cluster none of whose members could be asked, whatever the cause of each.
type NobodyError struct {
	Err *Error
	// Hosts is what was seen of each, by name.
	Hosts map[string]schema.HostFacts
}

// Error says why.
func (e *NobodyError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NobodyError) Unwrap() error { return e.Err }

// Cause returns the text of an error without the member's name, which those who show it put before it.
func Cause(err error) string {
	if known, ok := errors.AsType[*Error](err); ok {
		short := *known
		short.Member = ""
		return short.Error()
	}
	return err.Error()
}

// KindOf returns the kind of the first *Error in the chain, zero if there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// Is reports whether the error is of that kind.
func Is(err error, k Kind) bool { return k != "" && KindOf(err) == k }

// FaultOf is [KindOf], Internal for an error that says none.
func FaultOf(err error) Kind { return cmp.Or(KindOf(err), Internal) }

// TransportKind classifies a call that got no answer. A kind that was chosen below stays.
func TransportKind(ctx context.Context, err error) Kind {
	var verify *tls.CertificateVerificationError
	var wait net.Error
	switch kind := KindOf(err); {
	case kind != "":
		return kind
	case ctx.Err() != nil:
		return Timeout
	case errors.As(err, &verify), strings.Contains(err.Error(), "remote error: tls"): // crypto/tls has no type for the latter
		return Certificate
	case errors.As(err, &wait) && wait.Timeout():
		return Timeout
	}
	return Unreachable
}
