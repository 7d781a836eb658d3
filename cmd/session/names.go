package session

import (
	"fmt"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// checkNames refuses names of a command line that can mean nothing, before anything is read.
func (s *Session) checkNames(o plan.Options) error {
	var kinds, plurals []string
	for _, kind := range s.Registry.All() {
		kinds, plurals = append(kinds, string(kind.Name)), append(plurals, kind.Plural)
	}
	for _, name := range slices.Concat(o.Targets, o.Excludes, o.AllowDestroy) {
		word, _, _ := strings.Cut(name, "/")
		if _, ok := schema.ParseRef(s.Registry, name); !ok && word != leftovers {
			hint := strings.TrimSpace(schema.DidYouMean(word, kinds) + " Write KIND/NAME, such as storage_pool/old.")
			return Fail(ExitUsage, hint, fmt.Errorf("nothing can be called %q", name))
		}
	}
	for _, name := range o.Prune {
		if !slices.Contains(kinds, name) && !slices.Contains(plurals, name) {
			return Fail(ExitUsage, schema.DidYouMean(name, plurals),
				fmt.Errorf("cannot prune %q: there is no such kind of thing", name))
		}
	}
	return nil
}

// leftovers/MEMBER is what a crash has left on a member, which is no object.
const leftovers = "leftovers"

// RefusedCode is the exit code of a plan that is refused: that of wrong usage when the command line names what is not
// there.
func RefusedCode(p *plan.Plan) ExitCode {
	if slices.ContainsFunc(p.Diagnostics, func(d schema.Diagnostic) bool { return d.Code == plan.CodeUnknownTarget }) {
		return ExitUsage
	}
	return ExitConsent
}
