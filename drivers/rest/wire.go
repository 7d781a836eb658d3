package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// server is the part of GET /1.0 that matters here.
type server struct {
	Auth        string         `json:"auth"`
	Extensions  []string       `json:"api_extensions"`
	Config      map[string]any `json:"config"`
	Environment struct {
		Server      schema.Product `json:"server"`
		Version     string         `json:"server_version"`
		Name        string         `json:"server_name"`
		Clustered   bool           `json:"server_clustered"`
		Certificate string         `json:"certificate"`
		Fingerprint string         `json:"certificate_fingerprint"`
	} `json:"environment"`
}

func (s server) flavour() schema.Flavour {
	return schema.Flavour{Product: s.Environment.Server, Version: s.Environment.Version}
}

// errUntrusted is the cause when the daemon answers, and treats us as a stranger.
var errUntrusted = errors.New("the daemon does not trust this client certificate; give a password or a token for the first contact, or add it with: lxc config trust add")

// getServer asks a daemon what it is. It fails with Denied when the daemon does not trust us.
func getServer(ctx context.Context, api drivers.API) (server, error) {
	s, err := get[server](ctx, api, "/1.0", nil)
	if err == nil && s.Auth != "trusted" {
		err = &drivers.Error{Kind: drivers.Denied, Op: "GET /1.0", Err: errUntrusted}
	}
	return s, err
}

// get sends a GET and returns its metadata.
func get[T any](ctx context.Context, api drivers.API, path string, query map[string]string) (T, error) {
	var out T
	reply, err := api.Do(ctx, drivers.Call{Method: http.MethodGet, Path: path, Query: query})
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(reply.Metadata, &out); err != nil {
		return out, &drivers.Error{Kind: drivers.Internal, Op: "GET " + path, Err: fmt.Errorf("reading the answer: %w", err)}
	}
	return out, nil
}

// list returns the entries of a collection. An empty project leaves it out.
func list[T any](ctx context.Context, api drivers.API, path, project string) ([]T, error) {
	query := map[string]string{"recursion": "1"}
	if project != "" {
		query["project"] = project
	}
	return get[[]T](ctx, api, path, query)
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
