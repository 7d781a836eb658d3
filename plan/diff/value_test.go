package diff

import (
	"testing"

	"clusterctl/schema"
)

func TestSameValue(t *testing.T) {
	t.Parallel()
	boolean := schema.KeyRule{Type: schema.Bool, Default: "true"}
	size := schema.KeyRule{Type: schema.Size}
	computed := schema.KeyRule{Computed: true}
	for _, tc := range []struct {
		name       string
		rule       schema.KeyRule
		want, live string
		equal      bool
	}{
		{"literal text counts", schema.KeyRule{}, "0755", "493", false},
		{"equal text", schema.KeyRule{}, "1.10", "1.10", true},
		{"empty unsets a stored value", schema.KeyRule{}, "", "x", false},
		{"a default that is not stored", schema.KeyRule{Default: "20"}, "20", "", true},
		{"a stored default that is not asked for", schema.KeyRule{Default: "20"}, "", "20", true},
		{"said on top of a profile", schema.KeyRule{Type: schema.Bool, Default: "true", Literal: true}, "true", "", false},
		{"no is said on top of a profile", schema.KeyRule{Type: schema.Bool, Literal: true}, "false", "", false},
		{"other than the default", schema.KeyRule{Default: "20"}, "30", "", false},
		{"yes is true", boolean, "yes", "true", true},
		{"true by default", boolean, "1", "", true},
		{"no is not true", boolean, "no", "", false},
		{"an absent boolean is false", schema.KeyRule{Type: schema.Bool}, "false", "", true},
		{"sizes by amount", size, "1GiB", "1024MiB", true},
		{"decimal and binary units differ", size, "1GB", "1GiB", false},
		{"a size needs digits", size, "lots", "many", false},
		{"the server chose", computed, "", "/var/lib/lxd/disks/fast.img", true},
		{"the server resolved auto", computed, "auto", "10.1.2.1/24", true},
		{"auto is not none", computed, "auto", "none", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := same(tc.rule, tc.want, tc.live); got != tc.equal {
				t.Errorf("same(%q, %q) = %t, want %t", tc.want, tc.live, got, tc.equal)
			}
		})
	}
}
