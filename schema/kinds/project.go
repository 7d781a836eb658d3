package kinds

import (
	"strings"

	"clusterctl/schema"
)

type projectEntry struct {
	Name        string            `yaml:"name" validate:"required,excludesall=/ _'\"*,ne=.,ne=.."`
	Description string            `yaml:"description"`
	State       string            `yaml:"state" validate:"omitempty,oneof=present absent"`
	Config      map[string]string `yaml:"config"`
}

// project describes projects (lxd 5.0.2, lxd/api_project.go projectValidateConfig).
func project() schema.Kind {
	return schema.Kind{
		Spec: schema.Spec{
			Name: schema.KindProject, Title: "project", Plural: "projects", Scope: schema.ScopeCluster,
			Lifecycle: schema.Simple, Home: schema.HomeCluster, AtJoin: schema.LossRefused, Path: "/1.0/projects", Init: true,
			Attrs: []schema.Attr{{Name: "description"}}, Keys: keys("project"),
			Builtin: []string{schema.DefaultProject},
			Tables: schema.Tables{Table: "projects", Columns: map[string]string{"description": "description"},
				Owner: "project_id", Config: "projects_config"},
			Rank: 30,
		},
		Form: schema.FormOf(func(e *projectEntry) schema.Object {
			ref := schema.Ref{Kind: schema.KindProject, Name: e.Name}
			return object(ref, e.State, map[string]string{"description": e.Description}, e.Config)
		}),
		Names: projectNames,
		Check: checkProject,
	}
}

// poolLimit begins the keys of Incus that limit a project's space in one pool. The pool must be there (incus 6.0.4,
// cmd/incusd/api_project.go projectValidateConfig).
const poolLimit = "limits.disk.pool."

func projectNames(o schema.Object) []schema.Reference {
	var refs []schema.Reference
	for key := range o.Config {
		if pool, ok := strings.CutPrefix(key, poolLimit); ok {
			refs = append(refs, inNoProject("config."+key, schema.KindStoragePool, pool))
		}
	}
	return refs
}

// checkProject refuses restrictions that the profiles of the default project would get around (lxd 5.0.2,
// lxd/api_project.go projectValidateConfig).
func checkProject(o schema.Object, _ schema.Cluster, _ schema.Product) []schema.Problem {
	if !schema.IsTrue(o.Config["restricted"]) || o.Config["features.profiles"] == "" ||
		schema.IsTrue(o.Config["features.profiles"]) {
		return nil
	}
	return []schema.Problem{schema.Wrong(schema.CodeValue, "config.restricted",
		"cannot restrict project "+o.Ref.Name, "Projects without their own profiles cannot be restricted.",
		"set features.profiles: \"true\", or remove restricted:")}
}
