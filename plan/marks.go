package plan

import (
	"strings"
)

// MoveMark is the configuration key of a copy that a move has made, with the member that it came from. It is there
// from the copy's first moment until the original is gone: two volumes of one name of which one has it are a move that
// was broken off.
const MoveMark = "user.clusterctl.moved_from"

// ForgetRow is the SQL that deletes the row of a join that did not end. A member's row has another state.
func ForgetRow(member string) string {
	return "DELETE FROM nodes WHERE name = '" + strings.ReplaceAll(member, "'", "''") + "' AND state = 1"
}

// PolicyMark is the key of an instance that keeps its cluster.evacuate while its member is evacuated and it is told
// to stop; [PolicyUnset] where it had none. A plan that sees it sets that back.
const (
	PolicyMark  = "user.clusterctl.evacuate"
	PolicyUnset = "unset"
)

// SuccessionMark begins the key of the server's configuration that keeps, with the name of a member behind it, what
// that member takes over from a lost one: from before the lost one is removed, and nobody else knows, until the new one
// has it.
const SuccessionMark = "user.clusterctl.replaces."

// Succession is what a member takes over from the one that it replaces.
type Succession struct {
	// Of is the one that is replaced.
	Of     string   `json:"of,omitempty"`
	Domain string   `json:"failure_domain,omitempty"`
	Groups []string `json:"groups,omitempty"`
	// Parts are its keys of pools and networks, by their Ref.
	Parts map[string]map[string]string `json:"parts,omitempty"`
}
