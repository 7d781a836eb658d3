package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"sync"
)

// routes returns the API: one row for each method and path.
var routes = sync.OnceValue(func() []route {
	return slices.Concat(
		serverRoutes(), clusterRoutes(), memberRoutes(), groupRoutes(), certificateRoutes(), poolRoutes(), networkRoutes(),
		aclRoutes(), forwardRoutes(), networkPeerRoutes(), zoneRoutes(), recordRoutes(), profileRoutes(), projectRoutes(),
		volumeRoutes(), migrationRoutes(), instanceRoutes(), aliasRoutes(), imageRoutes(), operationRoutes(),
		internalRoutes(),
	)
})

// Route is one method of one path that the pretended daemons serve. Path has {} where a name goes, as in
// /1.0/storage-pools/{}/volumes/custom.
type Route struct{ Method, Path string }

// Routes lists the API in the order in which a call looks for its route.
func Routes() []Route {
	var out []Route
	for _, r := range routes() {
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
