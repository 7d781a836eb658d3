package sandbox

import (
	"net/http"
	"slices"
	"sync"
)

// routes returns the API: one row for each method and path.
var routes = sync.OnceValue(func() []route {
	return slices.Concat(
		[]route{
			{"GET", "/", untrusted, free, func(*call) (reply, error) { return ok([]string{"/1.0"}) }},
			{"GET", "/1.0/events", trustClient, free, nil},
		},
		serverRoutes(), clusterRoutes(), memberRoutes(), groupRoutes(), certificateRoutes(), poolRoutes(), networkRoutes(),
		aclRoutes(), forwardRoutes(), zoneRoutes(), recordRoutes(),
		profileRoutes(), projectRoutes(), volumeRoutes(), migrationRoutes(), instanceRoutes(), aliasRoutes(), imageRoutes(), operationRoutes(), emptyRoutes(), internalRoutes(),
	)
})

// hijackers returns the routes that take over the connection.
var hijackers = sync.OnceValue(func() map[string]func(*call, http.ResponseWriter) {
	return map[string]func(*call, http.ResponseWriter){
		"GET /internal/database":  databaseLeader,
		"POST /internal/database": databaseServe,
		"GET /1.0/events":         eventsServe,
	}
})

// emptyRoutes are lists that are always empty here.
func emptyRoutes() []route {
	return []route{{"GET", "/1.0/warnings", trustClient, locked, func(*call) (reply, error) { return ok([]string{}) }}}
}
