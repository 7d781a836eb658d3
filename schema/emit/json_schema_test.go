package emit_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema"
	"clusterctl/schema/emit"
	"clusterctl/schema/kinds"
)

func TestSchemaHasEveryKind(t *testing.T) {
	t.Parallel()
	reg := kinds.Registry()
	text, err := json.Marshal(emit.JSONSchema(reg))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema     string `json:"$schema"`
		Properties map[string]struct {
			Type        any
			Description string
			Items       struct {
				Required   []string
				Properties map[string]map[string]any
			}
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("$schema is %q", got.Schema)
	}
	for _, kind := range reg.All() {
		if kind.New == nil {
			continue // nobody declares any
		}
		p, ok := got.Properties[kind.Plural]
		if !ok || p.Description == "" {
			t.Errorf("%s: not there, or without a description", kind.Plural)
		}
		if kind.Lifecycle != schema.Singleton && len(p.Items.Properties) == 0 {
			t.Errorf("%s: an entry has no properties", kind.Plural)
		}
	}
	if diff := cmp.Diff([]string{"name"}, got.Properties["members"].Items.Required); diff != "" {
		t.Errorf("required of a member (-want +got):\n%s", diff)
	}
	for _, name := range []string{"cluster", "clusterctl", "members_defaults"} {
		if _, ok := got.Properties[name]; !ok {
			t.Errorf("%s: not there", name)
		}
	}
	if _, ok := got.Properties["members"].Items.Properties["connection"]["oneOf"]; !ok {
		t.Error("members: connection has no short form")
	}
}
