package kinds_test

import (
	"strings"
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// TestExamplesDecode reads each kind's example as it would stand in a preseed.
func TestExamplesDecode(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds.Registry().All() {
		first, indent := "- ", "\n  "
		if kind.Lifecycle == schema.Singleton {
			first, indent = "  ", "\n  "
		}
		text := kind.Plural + ":\n" + first + strings.ReplaceAll(strings.TrimSpace(kind.Example), "\n", indent) + "\n"
		p, diagnostics := preseed.Decode(kinds.Registry(), []preseed.Input{{Name: string(kind.Name), Data: []byte(text)}})
		if len(p.Attachments) > 0 {
			continue // it needs a file
		}
		if diagnostics.Has(schema.SeverityError) {
			t.Errorf("%s: %v\n%s", kind.Name, diagnostics, text)
		}
		if len(p.Want.OfKind(kind.Name)) != 1 {
			t.Errorf("%s: got %d objects, want 1", kind.Name, len(p.Want.OfKind(kind.Name)))
		}
	}
}
