package dump_test

import (
	"fmt"
	"strings"
	"testing"

	"clusterctl/drivers/dump"
	"clusterctl/schema/kinds"
)

// BenchmarkOpen reads dumps with that many profiles, each with three keys and a device with three more.
func BenchmarkOpen(b *testing.B) {
	before, after, _ := strings.Cut(global(b), "COMMIT;\n")
	for _, objects := range []int{100, 10_000, 100_000} {
		var rows, keys strings.Builder
		for i := 10; i < objects+10; i++ {
			fmt.Fprintf(&rows, "INSERT INTO profiles VALUES(%d,'p%d','made for the benchmark',1);\n", i, i)
			fmt.Fprintf(&rows, "INSERT INTO profiles_devices VALUES(%d,%d,'eth0',1);\n", i, i)
			for k := range 3 {
				fmt.Fprintf(&keys, "INSERT INTO profiles_config VALUES(%d,%d,'user.k%d',replace('a\\nb','\\n',char(10)));\n", 10*i+k, i, k)
				fmt.Fprintf(&rows, "INSERT INTO profiles_devices_config VALUES(%d,%d,'k%d','v');\n", 10*i+k, i, k)
			}
		}
		text := before + rows.String() + keys.String() + "COMMIT;\n" + after
		b.Run(fmt.Sprint(objects), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				d, err := dump.Open(b.Context(), dump.Config{Input: strings.NewReader(text), Registry: kinds.Registry()})
				if err != nil {
					b.Fatal(err)
				}
				live, err := d.Read(b.Context())
				if err != nil || live.Len() < objects {
					b.Fatalf("read %d objects, error %v", live.Len(), err)
				}
				if err := d.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
