package rest

import (
	"context"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// HostFacts returns what the daemon behind api is and, when it is a standalone server, what a join would orphan.
// A daemon that does not answer is a Fault of the result.
func HostFacts(ctx context.Context, api drivers.API, member string, reg schema.Registry) schema.HostFacts {
	return schema.HostFacts{}
}
