package schema_test

import (
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// TestTextsMeanObjects holds what flags say against what is there: a project is spelled or not, an image's name has slashes, a
// certificate is called by its name unless two have it.
func TestTextsMeanObjects(t *testing.T) {
	t.Parallel()
	reg := kinds.Registry()
	certificate := func(fingerprint, name string) schema.Object {
		return schema.Object{Ref: schema.Ref{Kind: "certificate", Name: fingerprint}, Body: schema.Body{Attrs: map[string]string{"name": name}}}
	}
	in := func(kind schema.KindName, project, name string) schema.Object {
		return schema.Object{Ref: schema.Ref{Kind: kind, Project: project, Name: name}}
	}
	live := schema.NewCluster(schema.Facts{},
		in(schema.KindProfile, "default", "web"), in(schema.KindProfile, "shop", "web"), in(schema.KindProfile, "shop", "own"),
		in(schema.KindImage, "default", "ubuntu/22.04"), in(schema.KindImage, "shop", "alpine"),
		in(schema.KindVolume, "default", "local/data"), in(schema.KindStoragePool, "", "local"),
		certificate("aa11", "ci"), certificate("bb22", "twice"), certificate("cc33", "twice"), certificate("dd44", "bb22"))
	for _, test := range []struct{ text, want string }{
		{"profile/web", "profile/web"},
		{"profiles/default/web", "profile/web"},
		{"profile/shop/web", "profile/shop/web"},
		{"profile/own", ""},
		{"image/ubuntu/22.04", "image/ubuntu/22.04"},
		{"image/default/ubuntu/22.04", "image/ubuntu/22.04"},
		{"images/shop/alpine", "image/shop/alpine"},
		{"storage_volume/local/data", "storage_volume/local/data"},
		{"storage_pool/local", "storage_pool/local"},
		{"storage_pool/default/local", ""},
		{"certificate/aa11", "certificate/aa11"},
		{"certificate/ci", "certificate/aa11"},
		{"certificate/twice", ""},
		{"certificate/bb22", "certificate/bb22"}, // its own name, not what another one is called
		{"nonsense/web", ""},
		{"profile", ""},
	} {
		got := ""
		if o, found := live.Meant(reg, test.text); found {
			got = o.Ref.String()
		}
		if got != test.want {
			t.Errorf("%s means %q, want %q", test.text, got, test.want)
		}
	}
}
