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
	CodeOffline        schema.Code = "member-offline"
	CodeJoinerNotEmpty schema.Code = "joiner-not-empty"
	CodeElsewhere      schema.Code = "joiner-in-another-cluster"
	CodeVersions       schema.Code = "versions-differ"
	CodeStuckJoin      schema.Code = "join-unfinished"
	CodeJoinNetwork    schema.Code = "network-breaks-joins"
	CodeImmutable      schema.Code = "cannot-change"
	CodeDestroy        schema.Code = "consent-missing"
	CodeProtected      schema.Code = "protected"
	CodeBuiltin        schema.Code = "builtin"
	CodeUnseen         schema.Code = "not-seen"
	CodeUndeclared     schema.Code = "member-undeclared"
	CodeKeptKey        schema.Code = "key-kept"
	CodeNoDestination  schema.Code = "no-destination"
	CodeInUse          schema.Code = "in-use"
)

// guards look at a finished draft and speak for or against it. They may warn or refuse; they never change a plan,
// which is shown whatever they say.
var guards = []func(*draft, []Change, Options) schema.Diagnostics{
	guardImmutable, guardHosts, guardIdentity, guardCertificates, guardJoiners, guardStuckJoins, guardJoinNetworks, guardOffline, guardOfflineParts, guardDestinations, guardReferences, guardInUse, guardDestroy, guardVolumes, guardRemoval, guardFiles, guardUnseen, guardUndeclared,
	adviseRoles, adviseLeftKeys,
}

func refusal(code schema.Code, at schema.Position, ref schema.Ref, format string, args ...any) schema.Diagnostic {
	return schema.Diagnostic{Severity: schema.SeverityRefusal, Code: code, Position: at, Ref: ref, Summary: fmt.Sprintf(format, args...)}
}

// guardImmutable refuses the differences that LXD cannot make.
func guardImmutable(d *draft, changes []Change, _ Options) schema.Diagnostics {
	var out schema.Diagnostics
	for _, c := range changes {
		if c.Action != Refuse {
			continue
		}
		at := c.At
		if len(c.Fields) > 0 && c.Fields[0].At.Line > 0 {
			at = c.Fields[0].At
		}
		diag := refusal(CodeImmutable, at, c.Ref, "cannot make %s as declared: %s", c.Ref, c.Reason)
		diag.Hint = "write the live value into the preseed, or delete the object and let clusterctl create it anew"
		out = append(out, diag)
	}
	return out
}

// guardUnseen passes on what the reader could not see.
func guardUnseen(d *draft, _ []Change, _ Options) schema.Diagnostics {
	var out schema.Diagnostics
	for _, text := range d.live.Facts.Unseen {
		out = append(out, schema.Diagnostic{Severity: schema.SeverityAdvice, Code: CodeUnseen, Summary: text})
	}
	return out
}

// guardUndeclared mentions members that the cluster has and the preseed does not.
func guardUndeclared(d *draft, _ []Change, _ Options) schema.Diagnostics {
	var out schema.Diagnostics
	if len(d.want.Members) == 0 {
		return nil
	}
	for _, name := range d.live.Facts.MemberOrder() {
		if _, ok := d.want.Want.Get(memberRef(name)); ok || d.live.Facts.Members[name].State == schema.StatePending || !d.live.Facts.Clustered {
			continue
		}
		out = append(out, schema.Diagnostic{Severity: schema.SeverityAdvice, Code: CodeUndeclared, Ref: memberRef(name), Member: name,
			Summary: fmt.Sprintf("the cluster has a member %s that the preseed does not mention; it is left alone", name)})
	}
	return out
}
