package plan

import (
	"encoding/json"
	"fmt"
	"strings"

	"clusterctl/schema"
)

// Format is the version of the JSON form of a plan. It grows when a reader of the old form would be misled.
const Format = 1

// Plan is the whole answer: what differs, what will be done in which order, and what speaks against it.
type Plan struct {
	// Flavour is what the servers run.
	Flavour schema.Flavour
	// Source is where the live side was read: schema.Facts.Source. A plan made from a dump is never applied.
	Source string
	// Files are the input files the plan was made from, as they were given.
	Files []string
	// Base has a fingerprint of each live object the plan relied on, and of what the steps about it do.
	Base map[schema.Ref]string
	// Changes are ordered by the order in which they begin.
	Changes []Change
	// Steps are in a valid order: every step comes after all that it needs.
	Steps []Step
	// Unseen is what the preseed declares and nobody could compare.
	Unseen []Unseen
	// Diagnostics are warnings, advice and refusals.
	Diagnostics schema.Diagnostics
	// Members are how to reach the members, without any secret, so that a saved plan can be applied.
	Members []schema.Member
	// Bootstrap is the member that bootstraps a new cluster, or once did.
	Bootstrap string
	// Seal is what [Plan.Sign] has put on it, empty for none.
	Seal string
}

// Empty reports that there is nothing to do, as far as the cluster was seen: see [Plan.Incomplete].
func (p *Plan) Empty() bool { return len(p.Changes) == 0 && len(p.Steps) == 0 }

// Introduces reports that the plan only makes servers trust this client: the rest is planned once they do.
func (p *Plan) Introduces() bool { return len(p.Steps) > 0 && p.Steps[0].Op.Kind == OpTrust }

// Refused reports that a guard speaks against applying the plan.
func (p *Plan) Refused() bool {
	return p.Diagnostics.Has(schema.SeverityRefusal) || p.Diagnostics.Has(schema.SeverityError)
}

// Options are what the person who asks for a plan decides.
type Options struct {
	// AllowDestroy names the objects that may be deleted, in the text form of a Ref.
	AllowDestroy []string
	// Targets, when there are any, name the only objects that the plan is about; what they need comes with them.
	// Excludes name objects that it leaves alone. Both are KIND/NAME or KIND/PROJECT/NAME.
	Targets, Excludes []string
	// Prune are kinds whose undeclared objects are removed, beside those that the preseed names; as in a preseed, or
	// in the singular.
	Prune []string
	// Evacuate moves the instances and the custom volumes away from members that leave.
	Evacuate bool
}

// Unseen is something that the preseed declares and that was not compared, since the live side of it was not seen.
// Nothing is planned for it: it is neither equal nor different.
type Unseen struct {
	Ref schema.Ref
	// Member is whose part it is; empty for what is the same on all members.
	Member string
	// Path is the only field that was not seen, as in [FieldChange.Path]; empty for all that is declared there.
	Path string
	// Fault is the kind of the failure; zero where the source cannot show it at all.
	Fault schema.Fault
	// Cause says why in a few words.
	Cause string
	// At is where the preseed declares it.
	At schema.Position
}

// Incomplete reports that something declared was not compared.
func (p *Plan) Incomplete() bool { return len(p.Unseen) > 0 }

// String names what was not seen: "the server keys of node3", "storage_pool/local on node3", "network/br0
// (description)".
func (u Unseen) String() string {
	switch {
	case u.Ref == ServerRef() && u.Member != "":
		return "the server keys of " + u.Member
	case u.Member != "":
		return u.Ref.String() + " on " + u.Member
	case u.Path != "":
		return u.Ref.String() + " (" + u.Path[strings.LastIndexByte(u.Path, '.')+1:] + ")"
	}
	return u.Ref.String()
}

type unseenJSON struct {
	Kind    schema.KindName `json:"kind"`
	Name    string          `json:"name"`
	Project string          `json:"project"`
	Member  string          `json:"member"`
	Path    string          `json:"path"`
	Fault   schema.Fault    `json:"fault"`
	Cause   string          `json:"cause"`
	At      schema.Position `json:"at,omitzero"`
}

// MarshalJSON writes it as a plan's JSON has it, see docs/json.md.
func (u Unseen) MarshalJSON() ([]byte, error) {
	return json.Marshal(unseenJSON{Kind: u.Ref.Kind, Name: u.Ref.Name, Project: u.Ref.Project, Member: u.Member,
		Path: u.Path, Fault: u.Fault, Cause: u.Cause, At: u.At})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (u *Unseen) UnmarshalJSON(b []byte) error {
	var doc unseenJSON
	err := json.Unmarshal(b, &doc)
	*u = Unseen{Ref: schema.Ref{Kind: doc.Kind, Project: doc.Project, Name: doc.Name}, Member: doc.Member, Path: doc.Path,
		Fault: doc.Fault, Cause: doc.Cause, At: doc.At}
	return err
}

// The codes of what guards find.
const (
	CodeUnreachable    schema.Code = "member-unreachable"
	CodeDenied         schema.Code = "member-denied"
	CodeHostKey        schema.Code = "host-key"
	CodeCertificate    schema.Code = "server-certificate"
	CodePinned         schema.Code = "cluster-certificate"
	CodeOffline        schema.Code = "member-offline"
	CodeJoinerNotEmpty schema.Code = "joiner-not-empty"
	CodeJoinerSettings schema.Code = "joiner-settings"
	CodeElsewhere      schema.Code = "joiner-in-another-cluster"
	CodeVersions       schema.Code = "versions-differ"
	CodeStuckJoin      schema.Code = "join-unfinished"
	CodeJoinNetwork    schema.Code = "network-breaks-joins"
	CodeImmutable      schema.Code = "cannot-change"
	CodeDestroy        schema.Code = "consent-missing"
	CodeProtected      schema.Code = "protected"
	CodeBuiltin        schema.Code = "builtin"
	CodeUnseen         schema.Code = "not-seen"
	CodeUncovered      schema.Code = "also-there"
	CodeUndeclared     schema.Code = "member-undeclared"
	CodeKeptKey        schema.Code = "key-kept"
	CodeNoDestination  schema.Code = "no-destination"
	CodeInUse          schema.Code = "in-use"
	CodeVolumeStays    schema.Code = "volume-stays"
	CodeCycle          schema.Code = "cycle"
	// CodeRule is for what the servers would refuse.
	CodeRule schema.Code = "server-refuses"
	// CodeSubnet is for a bridge that would take a member's address.
	CodeSubnet schema.Code = "subnet-holds-member"
	// CodeRoles tells the roles in the database after a change of the members.
	CodeRoles schema.Code = "roles-after"
	// CodeDomain warns of a failure domain that holds a majority of the voters.
	CodeDomain schema.Code = "failure-domain-majority"

	// The codes of findings.
	CodeGhost       schema.Code = "raft-ghost"
	CodeBlocked     schema.Code = "address-blocked"
	CodeNotInRaft   schema.Code = "member-not-in-raft"
	CodeRaftCopy    schema.Code = "raft-copy-differs"
	CodeWrongOwn    schema.Code = "address-differs"
	CodeStaleTrust  schema.Code = "stale-server-certificate"
	CodeNoTrust     schema.Code = "server-certificate-missing"
	CodeHalfCreated schema.Code = "half-created"
	CodeClock       schema.Code = "clock-skew"
	CodeExpiry      schema.Code = "certificate-expires"
	CodeNoGroup     schema.Code = "member-without-group"
	// CodeIdentity is for a connection that leads to another server than the preseed says.
	CodeIdentity schema.Code = "connection-leads-elsewhere"

	// The codes of what speaks against removing a member.
	CodeMemberInUse schema.Code = "member-in-use"
	CodeNotLost     schema.Code = "member-not-lost"
	CodeQuorum      schema.Code = "quorum"
	CodeLastMember  schema.Code = "last-member"

	// The codes of what speaks against a recovery.
	CodeNoSurvivor schema.Code = "no-survivor"
	CodeNotLostYet schema.Code = "quorum-not-lost"
	CodeOlderCopy  schema.Code = "older-copy"
	// CodeCopyDate tells until when the copy goes that a recovery goes on with.
	CodeCopyDate  schema.Code = "copy-date"
	CodeNoService schema.Code = "no-service-commands"

	// The codes of what is said about --target and --exclude.
	CodeUnknownTarget schema.Code = "unknown-target"
	CodePulledIn      schema.Code = "pulled-in"
	CodeExcluded      schema.Code = "excluded-needed"

	// The codes of what speaks against an upgrade.
	CodePendingObject schema.Code = "object-unfinished"
	CodeOperations    schema.Code = "operations-running"
	CodeNoReturn      schema.Code = "no-return"
	CodeDatabase      schema.Code = "database-unseen"
)

// Refusal is a diagnostic that keeps a plan from being applied.
func Refusal(code schema.Code, at schema.Position, ref schema.Ref, format string, args ...any) schema.Diagnostic {
	return schema.Diagnostic{Severity: schema.SeverityRefusal, Code: code, Position: at, Ref: ref,
		Summary: fmt.Sprintf(format, args...)}
}
