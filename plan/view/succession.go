package view

import (
	"encoding/json"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Noted returns what was noted that a member takes over from the one that it replaces, and for whom that was: for the
// member itself or, where it is still to join, for one that was to replace the same, never came, and is in the preseed
// no more. The name is empty when there is no note.
func Noted(want schema.Preseed, live schema.Cluster, m schema.Member) (heir string, s plan.Succession) {
	server, _ := live.Get(plan.ServerRef())
	if note, own := noteFor(server, m.Name); own {
		return m.Name, note
	}
	if _, here := live.Get(plan.MemberRef(m.Name)); here || m.Replaces == "" {
		return "", s
	}
	for _, key := range schema.SortedKeys(server.Config) {
		name, marked := strings.CutPrefix(key, plan.SuccessionMark)
		_, came := live.Get(plan.MemberRef(name))
		wanted := slices.ContainsFunc(slices.Concat(want.Members, want.Later),
			func(other schema.Member) bool { return other.Name == name })
		if note, ours := noteFor(server, name); marked && ours && note.Of == m.Replaces && !came && !wanted {
			return name, note
		}
	}
	return "", s
}

// noteFor is the note for a member; false when there is none of ours.
func noteFor(server schema.Object, member string) (s plan.Succession, ours bool) {
	ours = json.Unmarshal([]byte(server.Config[plan.SuccessionMark+member]), &s) == nil
	return s, ours
}
