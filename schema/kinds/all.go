package kinds

import "clusterctl/schema"

// All returns every kind that clusterctl knows.
func All() []schema.Kind {
	return []schema.Kind{
		server(),
		clusterGroup(),
		project(),
		storagePool(),
		network(),
		profile(),
		member(),
		certificate(),
		networkACL(),
		networkZone(),
		zoneRecord(),
		networkForward(),
		networkPeer(),
		storageVolume(),
		storageBucket(),
		image(),
		instance(),
	}
}

// Registry returns the registry of [All].
func Registry() schema.Registry { return schema.NewRegistry(All()...) }
