package sandbox

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// refusals remembers of what a copy refused what came of what the sandbox lacks, by its words.
type refusals struct{ doubted sync.Map }

// note remembers why a call failed.
func (r *refusals) note(err error) {
	if unplayed(err) {
		r.doubted.Store(err.Error(), true)
	}
}

// doubts reports whether the words, with what others may have put around them, are of that kind.
func (r *refusals) doubts(words string) (doubted bool) {
	r.doubted.Range(func(text, _ any) bool {
		doubted = words == text || strings.HasPrefix(words, text.(string)+" (")
		return !doubted
	})
	return doubted
}

// sqlFault is a statement of the sandbox that SQLite refuses.
type sqlFault struct{ error }

// Unwrap returns what SQLite says.
func (f *sqlFault) Unwrap() error { return f.error }

// rulesOfAll are in the refusals of rules that all servers have, whatever their version.
var rulesOfAll = []string{
	"on non-empty projects", "Only empty projects can be removed", "Network type does not support non-default projects",
	"in use by another network", "Project isn't allowed to use this cluster", "is currently in use",
	"relies on this profile's root disk device", "Cannot update root disk device pool name to",
	"is too low: current total is", "Failed add validation for device",
	`Cannot use "nictype" property in conjunction with "network" property`,
}

// played reports servers whose every refusal the sandbox knows: the rules and words are theirs.
func played(f schema.Flavour) bool {
	return f.Product == schema.LXD && (f.Version == "5.0" || strings.HasPrefix(f.Version, "5.0."))
}

// Refusal returns the words of a copy that has refused a call, if the servers that it is a copy of would refuse that,
// too. Everything else is a fault of the copy, or of the way to it.
func (w *World) Refusal(err error) (words string, refused bool) {
	known, ok := errors.AsType[*drivers.Error](err)
	answers := []drivers.Kind{drivers.NotFound, drivers.Conflict, drivers.Invalid, drivers.Denied, drivers.Internal}
	if !ok || known.Err == nil || !slices.Contains(answers, known.Kind) {
		return "", false
	}
	words = known.Err.Error()
	sure := played(w.copied.Live.Facts.Flavour) ||
		slices.ContainsFunc(rulesOfAll, func(rule string) bool { return strings.Contains(words, rule) })
	return words, sure && !w.refusals.doubts(words) && !strings.Contains(words, "sandbox")
}
