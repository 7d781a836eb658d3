package rest

import (
	"context"
	"fmt"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// list returns the entries of a collection. An empty project leaves it out.
func list[T any](ctx context.Context, api drivers.API, path, project string) ([]T, error) {
	query := map[string]string{"recursion": "1"}
	if project != "" {
		query["project"] = project
	}
	return drivers.Get[[]T](ctx, api, path, query)
}

// texts returns the settings of a configuration that are not empty, for which keep is true. The server's own is the
// only one with values that are no texts: true stands for a secret that is set.
func texts(config map[string]any, keep func(key string) bool) map[string]string {
	var out map[string]string
	for key, value := range config {
		text, ok := value.(string)
		if !ok && value != nil {
			text = fmt.Sprint(value)
		}
		if text != "" && keep(key) {
			out = with(out, key, text)
		}
	}
	return out
}

// with returns m with a value, made when it was nil.
func with[V any](m map[string]V, key string, value V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = value
	return m
}

// project is an entry of /1.0/projects.
type project struct {
	Name   string            `json:"name"`
	Config map[string]string `json:"config"`
}

// owns reports whether the project has objects of its own of the kinds with that feature ("features.networks");
// otherwise it shows those of the default one. A missing setting means that it does not (lxd 5.0.2,
// lxd/project/project.go).
func (p project) owns(feature string) bool {
	return p.Name == schema.DefaultProject || feature == "" || p.Config[feature] == "true"
}
