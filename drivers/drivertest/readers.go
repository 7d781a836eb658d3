package drivertest

import (
	"context"
	"fmt"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/schema"
)

// readersAgree reads the cluster from the database and over REST, and wants the same objects. While a member does not
// answer there is nothing to compare: REST cannot tell its parts.
func (p *player) readersAgree(ctx context.Context, backend drivers.Backend) error {
	database, err := backend.Read(ctx)
	if err != nil || !whole(database.Facts) {
		return err
	}
	api, err := backend.API(ctx, "")
	if err != nil {
		return err
	}
	answers, err := rest.Read(ctx, api, p.registry, false)
	if err != nil {
		return fmt.Errorf("reading over REST: %w", err)
	}
	if diff := cmp.Diff(shared(database), shared(answers), cmpopts.EquateEmpty()); diff != "" {
		return fmt.Errorf("the readers differ (-database +REST):\n%s", diff)
	}
	return nil
}

// shared are the objects without what is read from each host, not from the cluster.
func shared(c schema.Cluster) []schema.Object {
	objects := c.Objects()
	for i := range objects {
		if objects[i].Ref.Kind == schema.KindServer {
			objects[i].Members = nil
		}
	}
	return objects
}

// whole reports whether the database was read and every member is there.
func whole(facts schema.Facts) bool {
	for _, m := range facts.Members {
		if !m.Online {
			return false
		}
	}
	return facts.Clustered && facts.Source == "dqlite"
}
