package drivers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"clusterctl/schema"
)

// Server is the part of GET /1.0 that matters here. The names are those of LXD's REST API.
type Server struct {
	Auth       string   `json:"auth"`
	UserName   string   `json:"auth_user_name"`
	UserMethod string   `json:"auth_user_method"`
	Extensions []string `json:"api_extensions"`
	// Config has texts, but for a secret that is set: that is shown as true. LXD 5.0.2 shows null to a certificate that is
	// restricted to projects (measured).
	Config      map[string]any `json:"config"`
	Environment struct {
		Server      schema.Product `json:"server"`
		Version     string         `json:"server_version"`
		Name        string         `json:"server_name"`
		PID         int            `json:"server_pid"`
		Clustered   bool           `json:"server_clustered"`
		Certificate string         `json:"certificate"`
		Fingerprint string         `json:"certificate_fingerprint"`
	} `json:"environment"`
}

// Flavour is what runs there.
func (s Server) Flavour() schema.Flavour {
	return schema.Flavour{Product: s.Environment.Server, Version: s.Environment.Version}
}

// Trusted reports that the daemon knows us; a stranger is told little else.
func (s Server) Trusted() bool { return s.Auth == "trusted" }

// Clustered reports that it says so to somebody whom it trusts.
func (s Server) Clustered() bool { return s.Trusted() && s.Environment.Clustered }

// ServerOf asks a daemon what it is.
func ServerOf(ctx context.Context, api API) (Server, error) {
	return Get[Server](ctx, api, "/1.0", nil)
}

// ErrUntrusted is the cause when the daemon answers, and treats us as a stranger.
var ErrUntrusted = errors.New("the daemon does not trust this client; 'clusterctl apply' adds the client certificate " +
	"of its connection with a password or a token, or add it with: lxc config trust add")

// ErrRestricted is the cause when the daemon trusts us with some projects only. What is left out of its answers then
// looks as if it were not there.
var ErrRestricted = errors.New("the daemon trusts this client certificate for projects only, and clusterctl needs the " +
	"whole server: use a certificate that is not restricted, or ssh://")

// TrustingServer is [ServerOf] for a daemon that is to trust us with everything. It fails with Denied where that does
// not.
func TrustingServer(ctx context.Context, api API) (Server, error) {
	s, err := ServerOf(ctx, api)
	if err != nil {
		return s, err
	}
	own := struct{ Restricted bool }{Restricted: s.Config == nil}
	if s.Trusted() && s.UserMethod == "tls" && !own.Restricted { // Incus 6.0.4 shows everybody a configuration
		own, err = Get[struct{ Restricted bool }](ctx, api, "/1.0/certificates/"+url.PathEscape(s.UserName), nil)
		if Is(err, NotFound) { // trusted because of who has signed it
			err = nil
		}
	}
	switch {
	case !s.Trusted():
		err = &Error{Kind: Denied, Op: "GET /1.0", Err: ErrUntrusted}
	case err == nil && own.Restricted:
		err = &Error{Kind: Denied, Op: "GET /1.0", Err: ErrRestricted}
	}
	return s, err
}

// Joins reports that an operation of the daemon joins a cluster: the one thing that tells so before the cluster, or the
// daemon's own database, has anything of it (lxd 5.0.2, lxd/db/operationtype, and incus 6.0.4 alike). It is bound to no
// project, and listed in each.
func Joins(ctx context.Context, api API) (bool, error) { return runs(ctx, api, "Joining cluster") }

// Bootstraps reports that an operation of the daemon makes it the first member of a cluster.
func Bootstraps(ctx context.Context, api API) (bool, error) {
	return runs(ctx, api, "Creating bootstrap node")
}

func runs(ctx context.Context, api API, description string) (bool, error) {
	type operation struct{ Description string }
	byStatus, err := Get[map[string]List[operation]](ctx, api, "/1.0/operations", map[string]string{"recursion": "1"})
	return slices.Contains(byStatus["running"], operation{description}), err
}

// Get sends a GET and returns its metadata.
func Get[T any](ctx context.Context, api API, path string, query map[string]string) (T, error) {
	reply, err := api.Do(ctx, Call{Method: http.MethodGet, Path: path, Query: query})
	if err != nil {
		return *new(T), err
	}
	return Metadata[T](reply, path)
}

// Metadata returns the metadata of an answer to a GET of that path.
func Metadata[T any](reply Reply, path string) (out T, err error) {
	if err := json.Unmarshal(reply.Metadata, &out); err != nil {
		return out, &Error{Kind: Internal, Op: "GET " + path, Err: fmt.Errorf("reading the answer: %w", err)}
	}
	return out, nil
}

// Pause waits, and reports whether the context lasted that long.
func Pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
