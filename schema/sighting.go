package schema

import (
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
	names := []string{"invalid look", "database", "server", "server keys", "parts", "objects", "joins", "leader",
		"roles", "versions",
		"image copies", "trust password", "since the dump"}
	if l < 0 || int(l) >= len(names) {
		return names[0]
	}
	return names[l]
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
	lines := make([]string, len(unseen))
	for i, s := range unseen {
		lines[i] = s.Text
	}
	return strings.Join(lines, "\n")
}
