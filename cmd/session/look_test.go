package session

import (
	"context"
	"strings"
	"testing"

	"clusterctl/drivers"
	"clusterctl/schema"
)

func TestConnectAsksForTheName(t *testing.T) {
	t.Parallel()
	s := testSession(nil)
	opened := []string{}
	s.Open = func(_ context.Context, target Target) (drivers.Backend, error) {
		opened = append(opened, target.Members[0].Name+" "+target.Members[0].Address)
		return oneServer{}, nil
	}
	if _, err := s.seek(t.Context(), Where{Connect: "ssh://root@gate"}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(opened, ", "); got != "gate , m1 10.0.0.1:8443" {
		t.Errorf("opened %s, want it first as gate and then as m1", got)
	}
}

// oneServer answers GET /1.0 as a member called m1.
type oneServer struct{}

func (oneServer) Close() error                                       { return nil }
func (oneServer) Read(context.Context) (schema.Cluster, error)       { return schema.Cluster{}, nil }
func (o oneServer) API(context.Context, string) (drivers.API, error) { return o, nil }

func (oneServer) Do(context.Context, drivers.Call) (drivers.Reply, error) {
	return drivers.Reply{Status: 200, Metadata: []byte(`{"auth": "trusted", "config": {"cluster.https_address": "10.0.0.1:8443",
		"core.trust_password": true}, "environment": {"server_name": "m1", "server_clustered": true}}`)}, nil
}
