package preseed

import (
	"fmt"
	"strings"

	"clusterctl/schema"
)

// readOnlyKeys are printed by servers of some version beside what can be set (lxd init --preseed of LXD 3 and 4
// took them silently), with the reason why they are ignored.
var readOnlyKeys = map[string]string{
	"managed":      "every network in a preseed is a managed one",
	"status":       "the state of a member's part is found out, not set",
	"used_by":      "who uses an object is found out, not set",
	"locations":    "the members that have an object follow from members:",
	"url":          "the address of an object in the API is given",
	"message":      "the text of a member's status is found out, not set",
	"database":     "the database's roles are given out by the cluster",
	"architecture": "the architecture of a member is found out, not set",
}

// unknown reports a key that a place has not. Some keys are printed by servers and mean nothing here.
func (r *report) unknown(place, key string, at schema.Position, known []string) {
	if strings.HasPrefix(key, "x-") {
		return
	}
	if why, ok := readOnlyKeys[key]; ok {
		r.warningAt(at, schema.Mistake(schema.CodeReadOnly, fmt.Sprintf("ignored %s: %s", key, why),
			"Servers print it; nobody can set it.", "remove the line"))
		return
	}
	if key == "trust_on_first_use" {
		r.errorAt(at, schema.Mistake(schema.CodeUnknownKey,
			"cannot use the key trust_on_first_use: a file does not say whom to trust",
			"Whoever runs the command accepts an unknown host key, into a known_hosts of their own.",
			"remove the key, and once run with --trust-on-first-use"))
		return
	}
	r.errorAt(at, schema.Mistake(schema.CodeUnknownKey, fmt.Sprintf("cannot use the key %s in %s", key, place),
		"There is no such key there; its value would be lost.", schema.DidYouMean(key, known)))
}

const microCloud = "microcloud preseed reads it; afterwards clusterctl export writes a preseed of what it made"

// wrappers are documents that are no preseed but have one within, or mean something like it, told by a key.
var wrappers = []struct{ key, what, hint string }{
	{"lxd", "a cloud-config of cloud-init", "give clusterctl what stands under lxd: preseed:"},
	{"incus", "a cloud-config of cloud-init", "give clusterctl what stands under incus: preseed:"},
	{"preseed", "a seed of IncusOS", "give clusterctl what stands under preseed:"},
	{"systems", "a file of MicroCloud", microCloud},
	{"lookup_subnet", "a file of MicroCloud", microCloud},
}

// wrapped reports a document that is no preseed but a known file around one.
func (r *reader) wrapped(root *node) bool {
	for _, w := range wrappers {
		for _, p := range root.pairs {
			if p.key == w.key && (p.value.kind == mapping || w.key == "systems" || w.key == "lookup_subnet") {
				r.report.errorAt(p.at, schema.Problem{Code: schema.CodeWrapped,
					Summary: "cannot use " + w.what + " as a preseed", Hint: w.hint})
				return true
			}
		}
	}
	return false
}
