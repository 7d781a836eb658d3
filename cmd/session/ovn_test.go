package session

import (
	"testing"

	"clusterctl/schema"
)

// TestRouterMAC has the addresses that LXD 5.0.2 and Incus 6.0.4 gave the router of their network number 2.
func TestRouterMAC(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		product           schema.Product
		fingerprint, want string
	}{
		{schema.LXD, "82f2dc99159516a9a5ab8a17d86c6e7cac8b7649e7b2e221713c74ed7b6fb316", "00:16:3e:c1:86:b6"},
		{schema.Incus, "ac92192657988e46b0ad3a5f00d94e1e1f46394ff481f0fc5fa85748000e6f8b", "10:66:6a:8f:07:2d"},
	} {
		live := schema.Cluster{Facts: schema.Facts{Flavour: schema.Flavour{Product: c.product}}}
		if got := routerMAC(pattern(live, "default"), c.fingerprint, "2"); got != c.want {
			t.Errorf("%s: got %s, want %s", c.product, got, c.want)
		}
	}
}

// TestPattern lets a project of Incus say how addresses look, else the server.
func TestPattern(t *testing.T) {
	t.Parallel()
	config := func(kind schema.KindName, name, value string) schema.Object {
		o := schema.Object{Ref: schema.Ref{Kind: kind, Name: name}}
		o.Config = map[string]string{"network.hwaddr_pattern": value}
		return o
	}
	live := schema.NewCluster(schema.Facts{Flavour: schema.Flavour{Product: schema.Incus}},
		config(schema.KindServer, schema.ServerName, "00:16:3e:xx:xx:xx"),
		config(schema.KindProject, "shop", "02:00:00:0X:xx:xx"))
	for project, want := range map[string]string{"default": "00:16:3e:xx:xx:xx", "shop": "02:00:00:0X:xx:xx"} {
		if got := pattern(live, project); got != want {
			t.Errorf("%s: got %s, want %s", project, got, want)
		}
	}
}
