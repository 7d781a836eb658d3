//go:build e2e && linux

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// TestDaemonsRefuseCombinations gives daemons the example of each rule for keys of devices: they say what the table
// says.
func TestDaemonsRefuseCombinations(t *testing.T) {
	t.Parallel()
	profile, _ := kinds.Registry().Kind(schema.KindProfile)
	for kind, flavour := range map[lab.Kind]schema.Flavour{
		lab.LXD:   {Product: schema.LXD, Version: "5.0.2"},
		lab.Incus: {Product: schema.Incus, Version: "6.0.4"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			m := labtest.Start(t, lab.Config{Kind: kind, Members: 1, Links: 1}).Members[0]
			post := func(path string, body map[string]any) error {
				text, err := json.Marshal(body)
				if err != nil {
					t.Fatal(err)
				}
				_, err = m.Client(t.Context(), "query", "-X", "POST", "-d", string(text), path)
				return err
			}
			for name, config := range map[string]map[string]string{
				"bridge br0":   {"ipv4.address": "10.222.0.1/24", "ipv6.address": "none"},
				"macvlan mac0": {"parent": "eth1"}} {
				kind, name, _ := strings.Cut(name, " ")
				if err := post("/1.0/networks", map[string]any{"name": name, "type": kind, "config": config}); err != nil {
					t.Fatal(err)
				}
			}
			for i, c := range profile.Combinations() {
				if !c.Servers.In(flavour) {
					continue
				}
				device := map[string]string{}
				for word := range strings.FieldsSeq("type=" + strings.Split(c.For[0], ".")[0] + " " + c.Example) {
					key, value, _ := strings.Cut(word, "=")
					device[key] = value
				}
				err := post("/1.0/profiles", map[string]any{"name": fmt.Sprint("p", i), "devices": map[string]any{"d": device}})
				if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "when when", "when"), c.Words) {
					t.Errorf("%s, %s: %v, want %s", c.For, c.Example, err, c.Words)
				}
			}
		})
	}
}
