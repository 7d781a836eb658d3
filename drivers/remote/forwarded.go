package remote

import (
	"context"
	"maps"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/schema"
)

// forwardLimit is how long a member may take to answer through another one.
const forwardLimit = 5 * time.Second

// targeted is the API of the member of that name, through a member that forwards the calls.
type targeted struct {
	drivers.API
	name string
}

// Do implements drivers.API.
func (t targeted) Do(ctx context.Context, call drivers.Call) (drivers.Reply, error) {
	query := map[string]string{"target": t.name}
	maps.Copy(query, call.Query)
	call.Query = query
	return t.API.Do(ctx, call)
}

// forwarded returns what members that are online, and that the preseed does not name, say of themselves through one
// that is reached.
func (c *Cluster) forwarded(ctx context.Context, hosts []host, facts schema.Facts) map[string]schema.HostFacts {
	named := map[string]bool{}
	var through *member
	for _, h := range hosts {
		named[h.member.Name] = true
		if _, ours := facts.Members[h.member.Name]; ours && h.facts.Fault == "" && h.facts.Clustered {
			through = h.member
		}
	}
	out := map[string]schema.HostFacts{}
	if through == nil {
		return out
	}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(c.config.Parallelism)
	for name, m := range facts.Members {
		if named[name] || !m.Online || m.State == schema.StatePending {
			continue
		}
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, forwardLimit)
			defer cancel()
			found := rest.HostFacts(ctx, targeted{through, name}, name, c.config.Registry)
			mu.Lock()
			defer mu.Unlock()
			out[name] = found
			return nil
		})
	}
	_ = group.Wait() // what went wrong is in the facts
	return out
}
