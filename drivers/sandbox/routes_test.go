package sandbox_test

import (
	"slices"
	"testing"

	"clusterctl/drivers/sandbox"
)

func TestRoutesAreListed(t *testing.T) {
	t.Parallel()
	routes := sandbox.Routes()
	for _, want := range []sandbox.Route{
		{Method: "GET", Path: "/1.0"},
		{Method: "POST", Path: "/1.0/storage-pools/{}/volumes/custom"},
		{Method: "DELETE", Path: "/1.0/network-zones/{}/records/{}"},
	} {
		if !slices.Contains(routes, want) {
			t.Errorf("%s %s is not listed", want.Method, want.Path)
		}
	}
	for i, r := range routes {
		if slices.Contains(routes[:i], r) {
			t.Errorf("%s %s is listed twice", r.Method, r.Path)
		}
	}
}
