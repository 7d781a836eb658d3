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
