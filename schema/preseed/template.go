package preseed

import (
	"regexp"
	"slices"

	"clusterctl/schema"
)

// templateForm are words that something was to fill in: ${X}, $X, {{ x }}, {% x %}, <X>, __X__.
var templateForm = regexp.MustCompile(`\$\{[A-Za-z_][^}]*\}|\$[A-Za-z_]\w*|\{\{.*?\}\}|\{%.*?%\}|` +
	`<[A-Za-z][\w .-]*>|__[A-Z][A-Z0-9_]*__`)

// asTemplate puts one sentence in the place of all errors at lines that a template has still to make.
func asTemplate(found schema.Diagnostics) schema.Diagnostics {
	unfilled := func(d schema.Diagnostic) bool {
		return d.Severity == schema.SeverityError && templateForm.MatchString(d.Excerpt)
	}
	first := slices.IndexFunc(found, unfilled)
	if first < 0 {
		return found
	}
	one := found[first]
	one.Code, one.Summary = schema.CodeTemplate, "cannot use a template: "+templateForm.FindString(one.Excerpt)+" stands for a value"
	one.Detail, one.Hint, one.Related = "", "render it first, and give clusterctl what comes out", nil
	return append(slices.DeleteFunc(slices.Clone(found), unfilled), one).Sorted()
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
