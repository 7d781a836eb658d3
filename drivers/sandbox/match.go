package sandbox

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"clusterctl/drivers/sandbox/layout"
)

// where says on which member and under which lock a handler runs.
type where int

const (
	locked   where = iota // on the member that was asked, world locked, in a transaction
	atTarget              // the same on the member that ?target names
	free                  // without lock and transaction: it takes what it needs
)

// route is one row of the API.
type route struct {
	method, pattern string
	// least is the trust that the caller needs.
	least  trust
	where  where
	handle func(*call) (reply, error)
}

// match returns the route of a request and the values of the pattern's {names}. Unknown paths are 404 and unknown
// methods of known paths 501, as LXD has it.
func match(routes []route, method, path string) (route, map[string]string, error) {
	known := false
	path = strings.TrimSuffix(path, "/")
	parts := strings.Split(path, "/")
	for _, r := range routes {
		if strings.Count(r.pattern, "/") != strings.Count(path, "/") {
			continue
		}
		params, ok := fits(strings.Split(r.pattern, "/"), parts)
		if !ok {
			continue
		}
		if known = true; r.method == method {
			return r, params, nil
		}
	}
	if known {
		return route{}, nil, notPlayed()
	}
	return route{}, nil, &problem{status: http.StatusNotFound, text: "not found", unplayed: true}
}

// notPlayed is the answer to a method that the path has on servers only.
func notPlayed() error {
	return &problem{status: http.StatusNotImplemented, text: "not implemented", unplayed: true}
}

// fits matches the parts of a path with as many of a pattern.
func fits(pattern, parts []string) (map[string]string, bool) {
	params := map[string]string{}
	for i, p := range pattern {
		if name, ok := strings.CutPrefix(p, "{"); ok {
			value, err := url.PathUnescape(parts[i])
			if err != nil {
				return nil, false
			}
			params[strings.TrimSuffix(name, "}")] = value
		} else if p != parts[i] {
			return nil, false
		}
	}
	return params, true
}

// routes returns the API: one row for each method and path.
var routes = sync.OnceValue(func() []route {
	return slices.Concat(
		serverRoutes(), clusterRoutes(), memberRoutes(), certificateRoutes(),
		volumeRoutes(), instanceRoutes(), imageRoutes(), operationRoutes(),
		internalRoutes(),
	)
})

// Route is one method of one path that the pretended daemons serve. Path has {} where a name goes, as in
// /1.0/storage-pools/{}/volumes/custom.
type Route struct{ Method, Path string }

// Routes lists the API in the order in which a call looks for its route.
func Routes() []Route {
	var out []Route
	for _, r := range slices.Concat(routes(), collectionRoutes(layout.Servers()[0], false)) {
		out = append(out, Route{r.method, anyName.ReplaceAllString(r.pattern, "{}")})
	}
	return out
}

var anyName = regexp.MustCompile(`{[^}]*}`)

// hijackers returns the routes that take over the connection.
var hijackers = sync.OnceValue(func() map[string]func(*call, http.ResponseWriter) {
	return map[string]func(*call, http.ResponseWriter){
		"GET /internal/database":  databaseLeader,
		"POST /internal/database": databaseServe,
	}
})
