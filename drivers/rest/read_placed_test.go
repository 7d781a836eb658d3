package rest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers/rest"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// placedAnswers is a cluster of two with one or more of everything that lives on members. m2 is offline; macvlan
// networks have no forwards; the server has no zones.
func placedAnswers() map[string]string {
	answers := map[string]string{
		"/1.0": clusterAnswers()["/1.0"],
		"/1.0/cluster/members?recursion=1": `[
			{"server_name":"m1","url":"https://10.0.0.1:8443","roles":["database-leader"],"status":"Online"},
			{"server_name":"m2","url":"https://10.0.0.2:8443","status":"Offline"}]`,
		"/1.0/projects?recursion=1":                 `[{"name":"default","config":{}},{"name":"web","config":{"features.storage.volumes":"true"}}]`,
		"/1.0/storage-pools?recursion=1":            `[{"name":"local","driver":"dir","status":"Created"}]`,
		"/1.0/certificates?recursion=1":             `[{"name":"m1","type":"server","fingerprint":"aa"},{"name":"ci","type":"client","restricted":true,"projects":["web","default"],"fingerprint":"bb","certificate":"PEM"}]`,
		"/1.0/networks?project=default&recursion=1": `[{"name":"br0","type":"bridge","managed":true,"status":"Created"},{"name":"mac0","type":"macvlan","managed":true,"status":"Created"}]`,
		"/1.0/networks/br0/forwards?project=default&recursion=1": `[
			{"listen_address":"192.0.2.1","description":"In","config":{},"location":"m1","ports":[{"protocol":"tcp","listen_port":"80","target_address":"10.0.0.5","target_port":"","description":""}]},
			{"listen_address":"192.0.2.1","description":"","config":{"target_address":"10.0.0.6"},"ports":[],"location":"m2"}]`,
		"/1.0/network-acls?project=default&recursion=1": `[{"name":"web","description":"","ingress":[{"state":"enabled","action":"allow"}],"egress":[],"config":{"user.a":"b"}}]`,
		"/1.0/storage-pools/local/volumes/custom?project=default&recursion=1": `[
			{"name":"v","type":"custom","content_type":"block","description":"First","config":{"size":"1GiB"},"location":"m1"},
			{"name":"v/snap0","type":"custom","content_type":"block","description":"","config":{},"location":"m1"},
			{"name":"v","type":"custom","content_type":"block","description":"","config":{"size":"2GiB"},"location":"m2"}]`,
		"/1.0/storage-pools/local/volumes/custom?project=web&recursion=1": `[{"name":"far","type":"custom","content_type":"filesystem","config":{},"location":""}]`,
		"/1.0/images/aliases?project=default&recursion=1":                 `[{"name":"small","description":"Small","target":"cc","type":"container"}]`,
		"/1.0/images?project=default&recursion=1":                         `[{"fingerprint":"cc","public":true,"auto_update":false}]`,
		"/1.0/instances?project=default&recursion=1": `[
			{"name":"c1","type":"container","ephemeral":false,"status":"Running","location":"m1","profiles":["web","default"],
			 "config":{"limits.cpu":"2","image.os":"x","volatile.base_image":"cc","volatile.last_state.power":"RUNNING"},"devices":{"root":{"type":"disk","path":"/"}}},
			{"name":"c2","type":"","status":"Error","location":"m2","config":null,"profiles":null,"devices":null}]`,
		"/1.0/instances?project=web&recursion=1":                  `[]`,
		"/1.0/instances?all-projects=true&recursion=1":            `[{"name":"c1","location":"m1"},{"name":"c2","location":"m2"}]`,
		"/1.0/profiles?project=default&recursion=1":               `[]`,
		"/1.0/cluster/groups?recursion=1":                         `[]`,
		"/1.0/network-zones?project=default&recursion=1":          "?not found",
		"/1.0/networks/mac0/forwards?project=default&recursion=1": `?Network driver "macvlan" does not support forwards`,
	}
	return answers
}

func TestReadWhatLivesOnMembers(t *testing.T) {
	t.Parallel()
	got, err := rest.Read(t.Context(), fake(t, placedAnswers()), kinds.Registry(), false)
	if err != nil {
		t.Fatal(err)
	}
	text := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for pair := range slices.Chunk(pairs, 2) {
			m[pair[0]] = pair[1]
		}
		return m
	}
	for ref, want := range map[string]schema.Object{
		"network_forward/br0/192.0.2.1": {Members: map[string]schema.Part{
			"m1": {State: "created", Attrs: text("description", "In", "ports", `[{"listen_port":"80","protocol":"tcp","target_address":"10.0.0.5"}]`)},
			"m2": {State: "created", Config: text("target_address", "10.0.0.6")}}},
		"network_acl/web": {Body: schema.Body{Attrs: text("ingress", `[{"action":"allow","state":"enabled"}]`), Config: text("user.a", "b")}},
		"storage_volume/local/v": {Body: schema.Body{Attrs: text("type", "custom", "content_type", "block")},
			Members: map[string]schema.Part{
				"m1": {State: "created", Attrs: text("description", "First"), Config: text("size", "1GiB")},
				"m2": {State: "created", Config: text("size", "2GiB")}}},
		"storage_volume/web/local/far": {Body: schema.Body{Attrs: text("type", "custom", "content_type", "filesystem")}},
		"image/small": {Body: schema.Body{Attrs: text("description", "Small", "fingerprint", "cc", "public",
			"true", "auto_update", "false")}},
		"certificate/bb": {Body: schema.Body{Attrs: text("name", "ci", "type", "client", "restricted", "true", "certificate",
			"PEM"), Lists: map[string][]string{"projects": {"default", "web"}}}},
		"instance/c1": {Body: schema.Body{Attrs: text("type", "container", "ephemeral", "false", "profiles", `["web","default"]`, "running", "true", "image", "cc"),
			Config: text("limits.cpu", "2"), Devices: map[string]map[string]string{"root": text("type", "disk", "path", "/")}},
			Members: map[string]schema.Part{"m1": {State: "created"}}},
	} {
		o := find(got, ref)
		want.Ref, want.State, want.Refs = o.Ref, schema.StateCreated, o.Refs
		if len(o.Config) == 0 {
			o.Config = nil
		}
		if diff := cmp.Diff(want, o); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", ref, diff)
		}
	}
	if o := find(got, "instance/c2"); o.State != schema.StateUnknown || len(o.Config) > 0 {
		t.Errorf("the instance of a silent member: got %+v, want state unknown", o)
	}
	if got.Facts.Members["m1"].Volumes != 1 || got.Facts.Members["m2"].Volumes != 1 ||
		len(got.OfKind("storage_volume")) != 2 || len(got.OfKind("certificate")) != 1 {
		t.Errorf("got %+v, %v and %d certificates", got.Facts.Members, got.OfKind("storage_volume"),
			len(got.OfKind("certificate")))
	}
	if unseen := schema.Texts(got.Facts.Unseen); !strings.Contains(unseen,
		"network_zones are not seen: the server has no /1.0/network-zones") {
		t.Errorf("got %s", unseen)
	}
}

func find(c schema.Cluster, text string) schema.Object {
	ref, _ := schema.ParseRef(kinds.Registry(), text)
	o, _ := c.Get(ref)
	return o
}
