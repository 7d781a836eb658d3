package session

import (
	"slices"

	"clusterctl/schema"
)

// lacks reports something found about a name that the files lack.
func lacks(d schema.Diagnostic) bool { return d.Names.Kind != "" }

// wrongAnyway reports an error whatever the cluster has.
func wrongAnyway(d schema.Diagnostic) bool { return d.Severity == schema.SeverityError && !lacks(d) }

// missed reports an error about one.
func missed(d schema.Diagnostic) bool { return d.Severity == schema.SeverityError && lacks(d) }

// namedIn is what was found in the files, with what a cluster says of the names that they lack: those that it has are
// right, and where its objects of that kind were not seen nobody knows.
func namedIn(live schema.Cluster, found schema.Diagnostics) schema.Diagnostics {
	if live.Len() == 0 {
		return found
	}
	out := slices.DeleteFunc(slices.Clone(found), func(d schema.Diagnostic) bool {
		_, there := live.Get(d.Names)
		return there
	})
	for i, d := range out {
		if !lacks(d) {
			continue
		}
		unseen, hidden := live.Facts.KindNotSeen(d.Names.Kind, "")
		switch {
		case hidden:
			out[i].Severity = schema.SeverityWarning
			out[i].Detail = "Whether the cluster has it is not known: " + unseen.Text + "."
		case live.Facts.Clustered:
			out[i].Detail = "The cluster has none either."
		default:
			out[i].Detail = "It must be in the preseed: there is no cluster yet that could have it."
		}
	}
	return out
}

// mayBeRight reports that nothing else is wrong than keys that clusterctl does not know, and the servers may, and names
// that the files lack, and the cluster may have.
func mayBeRight(found schema.Diagnostics) bool {
	return !slices.ContainsFunc(found, func(d schema.Diagnostic) bool {
		return wrongAnyway(d) && (d.Code != schema.CodeUnknownKey || d.Ref.Kind == "")
	})
}

// unread reports an error in what is no entry, such as in a document as a whole, or in a member: there may be members
// in what could not be read.
func unread(found schema.Diagnostics) bool {
	return slices.ContainsFunc(found, func(d schema.Diagnostic) bool {
		return d.Severity == schema.SeverityError && (d.Ref.Kind == "" || d.Ref.Kind == schema.KindMember)
	})
}

// memberless wants members of a preseed that is to be planned: without one nobody can be asked.
func (s *Session) memberless(want schema.Preseed) schema.Diagnostics {
	if len(want.Members) > 0 || s.Dump != "" {
		return nil
	}
	d := schema.Diagnostic{Severity: schema.SeverityError, Code: schema.CodeRequired,
		Summary: "cannot plan: the preseed has no members", Detail: "Nobody can be asked what there is.",
		Hint: "add members:, each with name: and address:"}
	if len(want.Files) > 0 {
		d.File = want.Files[0]
	}
	return schema.Diagnostics{d}
}
