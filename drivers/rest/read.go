package rest

import (
	"context"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// Read returns the cluster, or with standalone the one server, that api belongs to.
func Read(ctx context.Context, api drivers.API, reg schema.Registry, standalone bool) (schema.Cluster, error) {
	return schema.Cluster{}, &drivers.Error{Kind: drivers.Unsupported, Op: "reading over REST"}
}
