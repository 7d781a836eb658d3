package schema_test

import (
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

func TestParseRef(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]schema.Ref{
		"storage_pool/local":            {Kind: "storage_pool", Name: "local"},
		"profiles/web":                  {Kind: "profile", Project: "default", Name: "web"},
		"profile/shop/web":              {Kind: "profile", Project: "shop", Name: "web"},
		"storage_volume/local/data":     {Kind: "storage_volume", Project: "default", Name: "local/data"},
		"storage_volume/web/local/data": {Kind: "storage_volume", Project: "web", Name: "local/data"},
		"network_forward/br0/192.0.2.1": {Kind: "network_forward", Project: "default", Name: "br0/192.0.2.1"},
		"storage_volume/data":           {},
		"storage_pool/a/b":              {},
		"profile/":                      {},
		"profile//web":                  {},
		"web":                           {},
		"thing/web":                     {},
	} {
		got, ok := schema.ParseRef(kinds.Registry(), text)
		if got != want || ok != (want != schema.Ref{}) {
			t.Errorf("%s: got %+v %v, want %+v", text, got, ok, want)
		}
		if ok && text != "profiles/web" && got.String() != text {
			t.Errorf("%s is written as %s", text, got)
		}
	}
}
