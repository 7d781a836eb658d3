//go:build e2e && linux

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"clusterctl/drivers/lab"
)

// waitHealthy asks again until the cluster is healthy: a member that has just come back is Online with its next heartbeat.
func waitHealthy(ctx context.Context, m *lab.Member, members int) error {
	for {
		problem := unhealthy(ctx, m, members)
		if problem == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return problem
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// unhealthy returns what is wrong with the cluster, in the words of LXD's own client.
func unhealthy(ctx context.Context, m *lab.Member, members int) error {
	var list []struct {
		ServerName string `json:"server_name"`
		Status     string `json:"status"`
	}
	if err := clientJSON(ctx, m, &list, "cluster", "list"); err != nil {
		return err
	}
	if len(list) != members {
		return fmt.Errorf("the cluster has %d members, want %d: %v", len(list), members, list)
	}
	for _, member := range list {
		if member.Status != "Online" {
			return fmt.Errorf("member %s is %s, want Online", member.ServerName, member.Status)
		}
	}
	for _, what := range []string{"storage", "network"} {
		var objects []struct {
			Name      string   `json:"name"`
			Status    string   `json:"status"`
			Managed   *bool    `json:"managed"`
			Locations []string `json:"locations"`
		}
		if err := clientJSON(ctx, m, &objects, what, "list"); err != nil {
			return err
		}
		for _, o := range objects {
			if o.Managed != nil && !*o.Managed {
				continue
			}
			if o.Status != "Created" || len(o.Locations) != members {
				return fmt.Errorf("%s %s is %s on %v, want Created on %d members", what, o.Name, o.Status, o.Locations, members)
			}
		}
	}
	return nil
}

func clientJSON(ctx context.Context, m *lab.Member, into any, args ...string) error {
	out, err := m.Client(ctx, append(args, "--format", "json")...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		return fmt.Errorf("reading the list of %v: %w", args, err)
	}
	return nil
}
