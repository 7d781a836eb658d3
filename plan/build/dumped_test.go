package build_test

import (
	"testing"

	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// TestSpoiltTextOfADumpIsNoDifference has a text with line feeds and \n, of which LXD's dump makes line feeds alone.
func TestSpoiltTextOfADumpIsNoDifference(t *testing.T) {
	t.Parallel()
	reg := kinds.Registry()
	profile := func(text string) schema.Object {
		return schema.Object{Ref: schema.Ref{Kind: schema.KindProfile, Project: "default", Name: "p"},
			State: schema.StateCreated,
			Body: schema.Body{Config: map[string]string{"user.user-data": text},
				Devices: map[string]map[string]string{"d": {"type": "none", "user.x": text}}}}
	}
	for name, c := range map[string]struct {
		source, want, live string
		changes            int
	}{
		"spoilt":        {schema.SourceDump, "a\\nb\nc", "a\nb\nc", 0},
		"the same":      {schema.SourceDump, "a\nb\nc", "a\nb\nc", 0},
		"another":       {schema.SourceDump, "a\\nb\nd", "a\nb\nc", 1},
		"one line":      {schema.SourceDump, "a\\nb", "a\nb", 1},
		"from database": {"dqlite", "a\\nb\nc", "a\nb\nc", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live := schema.NewCluster(schema.Facts{Source: c.source, Clustered: true}, profile(c.live))
			p := build.Build(schema.Preseed{Want: schema.NewCluster(schema.Facts{}, profile(c.want))}, live, reg, plan.Options{})
			if len(p.Changes) != c.changes || p.Source != c.source {
				t.Errorf("got %v from %s, want %d changes from %s", p.Changes, p.Source, c.changes, c.source)
			}
		})
	}
}
