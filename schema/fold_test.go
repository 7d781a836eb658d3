package schema_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema"
	"clusterctl/schema/emit"
	"clusterctl/schema/kinds"
)

func found(t *testing.T, text, member string, body schema.Body) schema.Found {
	t.Helper()
	ref, ok := schema.ParseRef(kinds.Registry(), text)
	if !ok {
		t.Fatalf("%s is no reference", text)
	}
	return schema.Found{Object: schema.Object{Ref: ref, Body: body, State: schema.StateCreated}, Member: member}
}

func fold(kind schema.KindName, all ...schema.Found) []schema.Object {
	k, _ := kinds.Registry().Kind(kind)
	return schema.Fold(k, all)
}

func TestFoldMakesPartsOfWhatMembersHave(t *testing.T) {
	t.Parallel()
	const forward = "network_forward/br0/192.0.2.1"
	got := fold("network_forward",
		found(t, forward, "m2", schema.Body{Config: map[string]string{"target_address": "10.0.0.2"}}),
		found(t, "network_forward/ovn0/192.0.2.2", "", schema.Body{Attrs: map[string]string{"description": "Nobody's own"}}),
		found(t, forward, "m1", schema.Body{Attrs: map[string]string{"description": "First"}}),
	)
	if len(got) != 2 {
		t.Fatalf("got %d objects, want 2: %+v", len(got), got)
	}
	want := map[string]schema.Part{
		"m1": {State: schema.StateCreated, Attrs: map[string]string{"description": "First"}},
		"m2": {State: schema.StateCreated, Config: map[string]string{"target_address": "10.0.0.2"}},
	}
	if diff := cmp.Diff(want, got[0].Members); diff != "" || len(got[0].Attrs)+len(got[0].Config) > 0 {
		t.Errorf("%s and %+v for all", diff, got[0].Body)
	}
	if got[1].Members != nil || got[1].Attrs["description"] != "Nobody's own" {
		t.Errorf("got %+v, want an object without parts", got[1])
	}
}

func TestFoldLeavesOutWhatIsTheServersOwn(t *testing.T) {
	t.Parallel()
	got := fold("certificate",
		found(t, "certificate/aa", "", schema.Body{Attrs: map[string]string{"type": "server"}}),
		found(t, "certificate/bb", "", schema.Body{Attrs: map[string]string{"type": "client"}}),
	)
	if len(got) != 1 || got[0].Ref.Name != "bb" {
		t.Errorf("got %+v, want the certificate of the client alone", got)
	}
}

func TestFoldReadsAnInstancesNotes(t *testing.T) {
	t.Parallel()
	got := fold("instance", found(t, "instance/c1", "m1", schema.Body{Config: map[string]string{
		"limits.cpu": "2", "image.os": "x", "volatile.base_image": "cc", "volatile.last_state.power": "RUNNING", "volatile.uuid": "1"}}))[0]
	attrs := map[string]string{"running": "true", "image": "cc", "profiles": "[]"}
	if diff := cmp.Diff(attrs, got.Attrs) + cmp.Diff(map[string]string{"limits.cpu": "2"}, got.Config); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"m1"}, got.MemberNames()); diff != "" {
		t.Error(diff)
	}
}

func TestEncodeWritesAnEntryForEachPart(t *testing.T) {
	t.Parallel()
	objects := fold("network_forward",
		found(t, "network_forward/br0/192.0.2.1", "m1", schema.Body{Attrs: map[string]string{"ports": `[{"listen_port":"80"}]`}}),
		found(t, "network_forward/br0/192.0.2.1", "m2", schema.Body{}),
	)
	want := `network_forwards:
- network: br0
  listen_address: "192.0.2.1"
  target: m1
  ports: [{"listen_port":"80"}]
- network: br0
  listen_address: "192.0.2.1"
  target: m2
`
	if diff := cmp.Diff(want, string(emit.Encode(kinds.Registry(), schema.NewCluster(schema.Facts{}, objects...)))); diff != "" {
		t.Error(diff)
	}
}
