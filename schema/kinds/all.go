package kinds

import (
	"embed"
	"slices"
	"strings"
	"sync"

	"clusterctl/schema"
)

// texts has of each kind what it is for, in help/NAME.txt: a sentence, a line for each key of an entry that does not
// mean the same in every kind, and after "---" an example of an entry.
//
//go:embed help
var texts embed.FS

// All returns every kind that clusterctl knows.
func All() []schema.Kind { return slices.Clone(all()) }

// all reads texts, and each table of keys, once.
var all = sync.OnceValue(func() []schema.Kind {
	kinds := []schema.Kind{
		server(),
		clusterGroup(),
		project(),
		storagePool(),
		network(),
		profile(),
		member(),
		certificate(),
		addressSet(),
		networkIntegration(),
		placementGroup(),
		networkLoadBalancerPool(),
		networkLoadBalancer(),
		authGroup(),
		identityProviderGroup(),
		identity(),
		clusterLink(),
		replicator(),
		networkACL(),
		networkZone(),
		zoneRecord(),
		networkForward(),
		networkPeer(),
		storageVolume(),
		storageBucket(),
		bucketKey(),
		image(),
		instance(),
	}
	for i, kind := range kinds {
		text, err := texts.ReadFile("help/" + string(kind.Name) + ".txt")
		if err != nil {
			continue // it says so itself; a test wants every kind to
		}
		head, example, _ := strings.Cut(string(text), "---\n")
		sentence, fields, _ := strings.Cut(head, "\n")
		kinds[i].Help, kinds[i].Fields, kinds[i].Example = sentence, map[string]string{}, example
		for line := range strings.Lines(fields) {
			key, meaning, _ := strings.Cut(strings.TrimSpace(line), "\t")
			kinds[i].Fields[key] = meaning
		}
	}
	return kinds
})

// Registry returns the registry of [All].
func Registry() schema.Registry { return schema.NewRegistry(All()...) }
