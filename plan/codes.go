package plan

import (
	"fmt"

	"clusterctl/schema"
)

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
	// CodeRehearsal is for what a copy of the cluster refuses.
	CodeRehearsal schema.Code = "rehearsal"
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
