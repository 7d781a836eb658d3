package preseed_test

import (
	"fmt"
	"strings"
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
	"clusterctl/schema/preseed"
)

// BenchmarkDecode reads and judges preseeds with many profiles.
func BenchmarkDecode(b *testing.B) {
	reg := kinds.Registry().For(schema.JudgedLXD)
	for _, profiles := range []int{10, 500, 5_000, 50_000} {
		var text strings.Builder
		text.WriteString("storage_pools: [{name: local, driver: dir}]\nmembers: [{name: m1, address: \"10.0.0.1:8443\"}]\nprofiles:\n")
		for i := range profiles {
			fmt.Fprintf(&text, "- name: p%d\n  config: {limits.cpu: \"2\", user.note: number %d}\n"+
				"  devices: {root: {type: disk, path: /, pool: local, size: %dGiB}}\n", i, i, i%20+1)
		}
		inputs := []preseed.Input{{Name: "preseed.yaml", Data: []byte(text.String())}}
		b.Run(fmt.Sprint(profiles), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p, found := preseed.Decode(reg, inputs); len(found) > 0 || len(p.Want.OfKind("profile")) != profiles {
					b.Fatal(found)
				}
			}
		})
	}
}
