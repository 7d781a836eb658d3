//go:build e2e && linux

package session

import (
	"fmt"
	"strings"
	"testing"

	"clusterctl/drivers"
	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
	"clusterctl/drivers/remote"
	"clusterctl/schema"
)

// TestRehearsalSaysWhatDaemonsDo is [TestRehearsalSaysWhatApplyingDoes] with real daemons: -wishes 200. Instances are
// empty: their images would have to come from somewhere. On Incus most refusals are only told, so there none may be
// wrong.
func TestRehearsalSaysWhatDaemonsDo(t *testing.T) {
	for kind, agree := range map[lab.Kind]func(said, did string) bool{
		lab.LXD:   func(said, did string) bool { return said == did },
		lab.Incus: func(said, did string) bool { return did != "done" || !strings.HasPrefix(said, "refused") },
	} {
		t.Run(string(kind), func(t *testing.T) {
			l := labtest.Start(t, lab.Config{Members: 3, Kind: kind})
			var pairs []string
			for _, m := range l.Members {
				pairs = append(pairs, fmt.Sprintf("10.0.0.%d:8443", m.Number), m.Address+":8443")
			}
			real := strings.NewReplacer(append(pairs, "image: small", "empty: true",
				"images: [{alias: small, server: https://images.example, protocol: simplestreams, source: small}]\n", "")...)
			wish := func(seed ...int) string { return real.Replace(wishes.Example(seed...)) }
			rehearseWishes(t, wish, func(s *Session, want schema.Preseed) drivers.Backend {
				for i := range want.Members {
					want.Members[i].Connection = schema.Connection{Unix: &schema.Unix{Socket: l.Members[i].Socket()}}
				}
				return remote.Open(remote.Config{Members: want.Members, Bootstrap: want.Bootstrap, Registry: s.Registry,
					Parallelism: 4})
			}, agree)
		})
	}
}
