package apply

import (
	"context"
	"encoding/json"
	"testing"

	"clusterctl/drivers"
	"clusterctl/plan"
)

// TestChangesKeepTheMembersOwnKeys: Incus 6.0 loses them when it refuses a PATCH without them.
func TestChangesKeepTheMembersOwnKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ server, version, want string }{
		{"incus", "6.0.4", `{"config":{"cluster.https_address":"10.0.0.1:8443","core.https_address":"[::]:443","user.color":"red"}}`},
		{"incus", "7.0.2", `{"config":{"core.https_address":"[::]:443","user.color":"red"}}`},
		{"lxd", "5.0.2", `{"config":{"core.https_address":"[::]:443","user.color":"red"}}`},
	} {
		f := &fake{script: map[string]answer{
			"* GET /1.0": func(context.Context, drivers.Call) (drivers.Reply, error) {
				return drivers.Reply{Status: 200, Metadata: json.RawMessage(`{"environment":{"server":"` + c.server + `","server_version":"` + c.version + `"},
					"config":{"core.https_address":":8443","cluster.https_address":"10.0.0.1:8443","user.color":"blue"}}`)}, nil
			},
			"* PATCH /1.0": func(context.Context, drivers.Call) (drivers.Reply, error) { return drivers.Reply{Status: 200}, nil },
		}}
		body := json.RawMessage(`{"config":{"core.https_address":"[::]:443","user.color":"red"}}`)
		p := &plan.Plan{Steps: []plan.Step{{ID: "update", Op: plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "PATCH", Path: "/1.0", Body: body}}}}}
		engine := &Engine{Backend: f, OwnKeys: []string{"cluster.https_address", "core.https_address", "core.metrics_address"}}
		if _, err := engine.Run(t.Context(), p, new(events)); err != nil {
			t.Fatal(err)
		}
		if got := f.bodies["* PATCH /1.0"]; got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.server, c.version, got, c.want)
		}
	}
}
