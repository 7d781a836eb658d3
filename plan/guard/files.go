package guard

import (
	"clusterctl/plan"
	"clusterctl/schema"
)

// guardFiles refuses to bring in an image whose file could not be read: nothing is known of it.
func guardFiles(p Proposal) schema.Diagnostics {
	var out schema.Diagnostics
	for _, s := range p.Steps {
		if s.Op.Upload == nil || s.Op.Upload.Fingerprint != "" {
			continue
		}
		diag := plan.Refusal(schema.CodeFile, s.At, s.Cause, "cannot bring in %s: %s cannot be read", s.Cause, s.Op.Upload.Path)
		diag.Hint = "run clusterctl where the file is, or correct the path"
		out = append(out, diag)
	}
	return out
}
