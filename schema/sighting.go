package schema

import (
	"slices"
	"strings"
)

// Look is what somebody looked at, or would have, in words for people and JSON.
type Look string

// The looks; the zero value is invalid. About those with a Member or a Kind beside them a [Sighting] has it.
const (
	// LookDatabase is the cluster's database, read directly.
	LookDatabase Look = "database"
	// LookServer is all that a server is asked by a connection of its own: what it runs, holds and serves.
	LookServer Look = "server"
	// LookServerKeys are the server keys of one member, such as core.https_address. No database of the cluster has them.
	LookServerKeys Look = "server keys"
	// LookParts are one member's instances and its parts of pools, networks and volumes.
	LookParts Look = "parts"
	// LookKind are the objects of a kind.
	LookKind Look = "objects"
	// LookJoins are members whose join has not ended.
	LookJoins Look = "joins"
	// LookLeader is which member leads the database.
	LookLeader Look = "leader"
	// LookRoles are the roles of members in the database.
	LookRoles Look = "roles"
	// LookVersions are the schemas and API extensions of members.
	LookVersions Look = "versions"
	// LookCopies is which members hold copies of images.
	LookCopies Look = "image copies"
	// LookTrustPassword is whether core.trust_password has the value that is wanted.
	LookTrustPassword Look = "trust password"
	// LookSince is what has happened since a dump was written.
	LookSince Look = "since the dump"
)

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

// Fault is the kind of a failure between us and a server, in words for people and JSON.
type Fault string

// The kinds of faults. The zero value is none.
const (
	FaultNotFound       Fault = "not found"         // 404
	FaultConflict       Fault = "conflict"          // 409: exists already, or in use
	FaultPrecondition   Fault = "changed meanwhile" // 412: somebody changed it since it was read
	FaultInvalid        Fault = "invalid request"   // 400: the daemon does not accept the request
	FaultDenied         Fault = "denied"            // 403, a refused key or password
	FaultUnreachable    Fault = "unreachable"       // no connection
	FaultNoLeader       Fault = "no leader"         // the database has no leader: no quorum, or an election
	FaultHostKey        Fault = "host key"          // the SSH host key is not the known one, or those cannot be read
	FaultHostKeyUnknown Fault = "unknown host key"  // no SSH host key is known for the host
	FaultCertificate    Fault = "certificate"       // the TLS certificate is not the one that was pinned
	FaultUnsupported    Fault = "unsupported"       // the daemon has no such endpoint
	FaultTimeout        Fault = "timed out"         // our own limit ran out
	FaultStarting       Fault = "starting"          // 503: the daemon is being set up, or is blocked
	FaultInternal       Fault = "internal error"    // any other failure that the daemon reports
)

// Temporary reports whether trying again may help without anybody doing something.
func (f Fault) Temporary() bool {
	switch f {
	case FaultUnreachable, FaultNoLeader, FaultTimeout, FaultStarting, FaultPrecondition:
		return true
	}
	return false
}
