package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Look is what somebody looked at, or would have.
type Look int

// The looks; the zero value is invalid. About those with a Member or a Kind beside them a [Sighting] has it.
const (
	_ Look = iota
	// LookDatabase is the cluster's database, read directly.
	LookDatabase
	// LookServer is all that a server is asked by a connection of its own: what it runs, holds and serves.
	LookServer
	// LookServerKeys are the server keys of one member, such as core.https_address. No database of the cluster has them.
	LookServerKeys
	// LookParts are one member's instances and its parts of pools, networks and volumes.
	LookParts
	// LookKind are the objects of a kind.
	LookKind
	// LookJoins are members whose join has not ended.
	LookJoins
	// LookLeader is which member leads the database.
	LookLeader
	// LookRoles are the roles of members in the database.
	LookRoles
	// LookVersions are the schemas and API extensions of members.
	LookVersions
	// LookCopies is which members hold copies of images.
	LookCopies
	// LookTrustPassword is whether core.trust_password has the value that is wanted.
	LookTrustPassword
	// LookSince is what has happened since a dump was written.
	LookSince
)

// String returns the words for people and JSON.
func (l Look) String() string {
	return nameOf(int(l), "invalid look", "database", "server", "server keys", "parts", "objects", "joins", "leader",
		"roles", "versions", "image copies", "trust password", "since the dump")
}

// MarshalText writes it in JSON.
func (l Look) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Sighting is something that was not seen, and why. From what was not seen nothing follows: it is neither equal nor
// different, neither there nor absent.
type Sighting struct {
	What Look
	// Member is whose, for looks at one member; Kind is which, for [LookKind].
	Member string
	Kind   KindName
	// Field is the only part of that kind's objects that was not seen: the beginning of the path of a difference, such as
	// config, members or attrs.description. Empty means all of the objects.
	Field string
	// Fault is the kind of the failure; zero where the source cannot show it at all, as REST shows no roles.
	Fault Fault
	// Cause says why in a few words; Text is the whole sentence.
	Cause, Text string
}

// NotSeen returns the first look of that sort at that member, or at all members, that showed nothing; ok is false when
// there is none.
func (f Facts) NotSeen(what Look, member string) (s Sighting, ok bool) {
	return f.notSeen(func(s Sighting) bool { return s.What == what && (s.Member == "" || s.Member == member) })
}

// KindNotSeen is [Facts.NotSeen] for a field of a kind's objects; an empty field asks for the objects themselves.
// Objects that were not seen have no fields that were.
func (f Facts) KindNotSeen(kind KindName, field string) (s Sighting, ok bool) {
	return f.notSeen(func(s Sighting) bool {
		return s.What == LookKind && s.Kind == kind &&
			(s.Field == "" || s.Field == field || strings.HasPrefix(field, s.Field+"."))
	})
}

func (f Facts) notSeen(is func(Sighting) bool) (Sighting, bool) {
	i := slices.IndexFunc(f.Unseen, is)
	if i < 0 {
		return Sighting{}, false
	}
	return f.Unseen[i], true
}

// Texts returns the sentences, a line each.
func Texts(unseen []Sighting) string {
	lines := Map(unseen, func(s Sighting) string { return s.Text })
	return strings.Join(lines, "\n")
}

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

var faultNames = []string{"", "not found", "conflict", "changed meanwhile", "invalid request", "denied", "unreachable",
	"no leader", "host key", "unknown host key", "certificate", "unsupported", "timed out", "starting", "internal error"}

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
