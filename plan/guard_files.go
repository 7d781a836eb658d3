package plan

import "clusterctl/schema"

// guardFiles refuses to bring in an image whose file could not be read: nothing is known of it.
func guardFiles(d *draft, _ []Change, _ Options) schema.Diagnostics {
	var out schema.Diagnostics
	for _, s := range d.steps {
		if s.Op.Upload == nil || s.Op.Upload.Fingerprint != "" {
			continue
		}
		diag := refusal(schema.CodeFile, s.At, s.Cause, "cannot bring in %s: %s cannot be read", s.Cause, s.Op.Upload.Path)
		diag.Hint = "run clusterctl where the file is, or correct the path"
		out = append(out, diag)
	}
	return out
}
