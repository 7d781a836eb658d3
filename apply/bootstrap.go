package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clusterctl/drivers"
	"clusterctl/plan"
)

// bootstrap makes the step's member the first one of a new cluster.
//
// It asks first whether that was done before: LXD 5.0.2 takes a second PUT /1.0/cluster, fails it in the
// background and shows the new name from then on (lxd/api_cluster.go, clusterPutBootstrap).
func (t *task) bootstrap(ctx context.Context, b plan.Bootstrap) error {
	t.say("asking %s whether it is part of a cluster", b.Name)
	var now clustering
	if _, err := t.get(ctx, t.step.Member, "/1.0/cluster", nil, &now); err != nil {
		return err
	}
	switch {
	case now.Enabled && now.Name == b.Name:
		return t.bootstrapped(ctx)
	case now.Enabled:
		return fmt.Errorf("the server is already part of a cluster, as %q: reach another server for %s, or remove this one from its cluster", now.Name, b.Name)
	}
	if err := t.setLocal(ctx, b.Config); err != nil {
		return err
	}
	t.say("waiting for %s to become a cluster of one", b.Name)
	body := map[string]any{"server_name": b.Name, "enabled": true}
	reply, err := t.call(ctx, t.step.Member, drivers.Call{Method: "PUT", Path: "/1.0/cluster", Body: body})
	if err != nil {
		return err
	}
	err = t.follow(ctx, t.step.Member, reply)
	if drivers.Is(err, drivers.NotFound) { // forgotten, or of a daemon that has died
		err = t.bootstrapped(ctx)
	}
	if err != nil {
		return err
	}
	return t.awaitCluster(ctx, b.Name)
}

// bootstrapped waits until the member answers again, and fails when its daemon died in the bootstrap: what that leaves
// can look like a cluster of one.
func (t *task) bootstrapped(ctx context.Context) error {
	var troubleSince time.Time
	return t.poll(ctx, pollEvery, func() (bool, error) {
		facts, err := t.facts(ctx)
		host, seen := facts.Hosts[t.step.Member]
		switch {
		case err != nil && t.tolerable(err, &troubleSince), host.Fault != "", host.Entering:
			return false, nil
		case err == nil && host.HalfBootstrapped:
			err = errors.New("the daemon died in its bootstrap, which is half done: " +
				"the next plan takes it back and begins anew")
		case err == nil && seen && !host.Clustered:
			err = errors.New("the daemon died before its bootstrap had begun")
		}
		return true, err
	})
}

// setLocal sets those of the member-local keys that differ, so that listeners are not restarted for nothing.
func (t *task) setLocal(ctx context.Context, want map[string]string) error {
	var live drivers.Server
	if _, err := t.get(ctx, t.step.Member, "/1.0", nil, &live); err != nil {
		return err
	}
	config := map[string]any{}
	for key, value := range want {
		if live.Config[key] != value {
			config[key] = value
		}
	}
	if len(config) == 0 {
		return nil
	}
	t.say("setting the addresses of %s", t.step.Member)
	reply, err := t.call(ctx, t.step.Member,
		drivers.Call{Method: "PATCH", Path: "/1.0", Body: map[string]any{"config": config}})
	if err != nil {
		return err
	}
	return t.await(ctx, t.step.Member, reply)
}

// awaitCluster waits until the member answers as part of a cluster, and counts as Online there. Its HTTPS certificate
// has just changed to the cluster's, so broken connections and wrong certificates are waited out for a while. A daemon
// that ran alone for longer than cluster.offline_threshold is Offline until its first heartbeat, and nobody can join
// until then (measured, lxd 5.0.2).
func (t *task) awaitCluster(ctx context.Context, name string) error {
	var troubleSince time.Time
	return t.poll(ctx, pollEvery, func() (bool, error) {
		var now clustering
		_, err := t.get(ctx, t.step.Member, "/1.0/cluster", nil, &now)
		if err != nil && t.tolerable(err, &troubleSince) {
			return false, nil
		}
		if err != nil || !now.Enabled || now.Name != name {
			return false, err
		}
		t.trouble = t.online(ctx, name)
		return t.trouble == nil, nil
	})
}
