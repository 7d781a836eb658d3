package preseed_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// TestWhatNobodySaidIsNoConflict has a network whose type one file says and the other leaves to the kind, in both orders.
func TestWhatNobodySaidIsNoConflict(t *testing.T) {
	t.Parallel()
	said := preseed.Input{Name: "said.yaml", Data: []byte("members: [{name: m1, address: \"10.0.0.1:8443\"}]\nnetworks:\n- {name: n, type: macvlan}\n")}
	left := preseed.Input{Name: "left.yaml", Data: []byte("networks:\n- {name: n, description: x}\nmembers:\n" +
		"- {name: m1, member_config: {network: {n: {parent: eth1}}}}\n")}
	for _, inputs := range [][]preseed.Input{{said, left}, {left, said}} {
		p, diags := preseed.Decode(kinds.Registry(), inputs)
		o, _ := p.Want.Get(schema.Ref{Kind: schema.KindNetwork, Project: schema.DefaultProject, Name: "n"})
		if len(diags) > 0 || o.Attrs["type"] != "macvlan" {
			t.Errorf("%s first: got type %q and %v, want macvlan and nothing to say", inputs[0].Name, o.Attrs["type"], diags)
		}
	}
}

// TestAnImageOfTwoFiles has one file say which image of a server it is, and the other of which, in both orders.
func TestAnImageOfTwoFiles(t *testing.T) {
	t.Parallel()
	server := preseed.Input{Name: "server.yaml",
		Data: []byte("images: [{alias: small, server: \"https://images.example\"}]\n")}
	source := preseed.Input{Name: "source.yaml", Data: []byte("images: [{alias: small, source: ubuntu/22.04}]\n" +
		"members: [{name: m1, address: \"10.0.0.1:8443\"}]\n")}
	var seen []schema.Object
	for _, inputs := range [][]preseed.Input{{server, source}, {source, server}} {
		p, diags := preseed.Decode(kinds.Registry(), inputs)
		o, found := p.Want.Get(schema.Ref{Kind: schema.KindImage, Project: schema.DefaultProject, Name: "small"})
		if !found || len(diags) > 0 {
			t.Fatalf("%s first: %v", inputs[0].Name, diags)
		}
		seen = append(seen, o)
	}
	if diff := cmp.Diff(seen[0].Attrs, seen[1].Attrs); diff != "" {
		t.Errorf("the order of the files shows: %s", diff)
	}
}
