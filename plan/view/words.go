package view

import "clusterctl/schema"

// Named is the title of an object in a step: "profile web", "profile web of project shop".
func Named(kind schema.Kind, r schema.Ref) string {
	name := r.Name
	if kind.NameKey == "-" {
		name = name[:min(len(name), 12)] // a fingerprint
	}
	text := kind.Title + " " + name
	if r.Project != "" && r.Project != schema.DefaultProject {
		text += " of project " + r.Project
	}
	return text
}

func Project(kind schema.Kind, r schema.Ref) string {
	if kind.Scope == schema.ScopeProject && r.Project != schema.DefaultProject {
		return r.Project
	}
	return ""
}
