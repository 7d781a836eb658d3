package session

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// newer is a member of a cluster that runs what nobody knew when clusterctl was made. It lists its keys.
type newer struct{ lists bool }

func (n newer) Read(context.Context) (schema.Cluster, error) {
	return schema.NewCluster(schema.Facts{Flavour: schema.Flavour{Product: schema.LXD, Version: "6.99"}, Clustered: true,
		Members: map[string]schema.MemberFacts{"node1": {Address: "10.76.1.11:8443", State: schema.StateCreated, Online: true}}}), nil
}

func (n newer) API(context.Context, string) (drivers.API, error) { return n, nil }

func (n newer) Do(_ context.Context, c drivers.Call) (drivers.Reply, error) {
	if c.Path != "/1.0/metadata/configuration" || !n.lists {
		return drivers.Reply{}, errors.New("not found")
	}
	return drivers.Reply{Metadata: json.RawMessage(`{"configs": {"server": {"core": {"keys": [{"core.new_flag": {"type": "bool"}}]}}}}`)}, nil
}

func (n newer) Close() error { return nil }

// TestServerSaysItsKeys plans a key that clusterctl does not know for a server that lists it, and for one that does not.
func TestServerSaysItsKeys(t *testing.T) {
	t.Parallel()
	inputs := []preseed.Input{{Name: "a.yaml", Data: []byte("config: {core.new_flag: \"true\"}\nmembers: [{name: node1, address: \"10.76.1.11:8443\"}]\n")}}
	for _, lists := range []bool{true, false} {
		s := testSession(nil)
		s.Open = func(context.Context, Target) (drivers.Backend, error) { return newer{lists}, nil }
		v, err := s.Survey(t.Context(), inputs, plan.Options{})
		var invalid *InvalidError
		switch {
		case lists && err != nil:
			t.Errorf("got %v, want a plan", err)
		case lists:
			if !strings.Contains(string(v.Plan.Changes[0].Ref.Kind), "server") {
				t.Errorf("got %v, want the key to be set", v.Plan.Changes)
			}
		case !errors.As(err, &invalid) || !strings.Contains(invalid.Found[0].Detail, "not known to this clusterctl, which is older than LXD 6.99"):
			t.Errorf("got %v, want it to be refused", err)
		}
	}
}
