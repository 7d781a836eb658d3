package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/drivers/sandbox/wire"
	"clusterctl/schema"
)

// enter makes the accepted server a member: it gives up its own database, takes the cluster's certificate, gets a
// place in the Raft group and rows for its parts of pools and networks.
func (j *joining) enter(ctx context.Context) error {
	m, c := j.member, j.target.cluster
	if err := j.target.available(true); err != nil {
		return err
	}
	if err := j.stumbles(ctx); err != nil {
		return err
	}
	old := m.cluster
	m.clusterPair = j.target.clusterPair
	if err := m.clusterPair.write(m.dir, "cluster"); err != nil {
		return err
	}
	err := update(ctx, c.db, func(t *tx) error {
		for _, k := range pendingKinds {
			if err := j.parts(t, k); err != nil {
				return err
			}
		}
		t.exec("UPDATE nodes SET state=?,heartbeat=? WHERE id=?", stateMemberCreated, time.Now().UTC(), j.id)
		t.exec("INSERT INTO nodes_cluster_groups (node_id,group_id) SELECT ?,id FROM cluster_groups WHERE name='default'",
			j.id)
		if t.err != nil {
			return t.err
		}
		c.raft = append(c.raft, wire.Node{ID: uint64(j.id), Address: j.address, Role: c.firstRole(t.limits())})
		m.cluster, m.NodeID, m.ServerName = c, j.id, j.body.ServerName
		return c.settleRoles(t)
	})
	if err != nil {
		return err
	}
	if err := m.world.dropDatabase(old); err != nil {
		return err
	}
	return m.world.save()
}

// stumbles fails where a pool or network was never created everywhere, and then takes back what the joiner believes to
// have made: those of the cluster that nothing uses (lxd 5.0.2, measured).
func (j *joining) stumbles(ctx context.Context) error {
	var failure error
	err := update(ctx, j.target.cluster.db, func(t *tx) error {
		for _, k := range pendingKinds {
			if half, found := t.text("SELECT name FROM "+k.table+" WHERE state=?", stateErrored); found {
				failure = fmt.Errorf("Cluster database initialization failed: Joining member has no config for %s %s", k.entity,
					half)
			}
		}
		if failure == nil {
			return nil
		}
		for _, k := range pendingKinds {
			for _, name := range t.column("SELECT name FROM "+k.table+" WHERE state=?", stateCreated) {
				if len(k.users(t, name)) == 0 {
					t.exec("DELETE FROM "+k.table+" WHERE name=?", name)
				}
			}
		}
		return t.err
	})
	return errors.Join(err, failure)
}

// parts adds the member's rows of one kind: the keys that member_config gives, completed as the driver does.
func (j *joining) parts(t *tx, k pendingKind) error {
	for _, row := range t.rows("SELECT id,name FROM "+k.table+" WHERE state<>?", statePending) {
		id := t.int(row[0])
		t.insert(k.table+"_nodes ("+k.owner+",node_id,state)", id, j.id, stateCreated)
		config := map[string]string{}
		for _, given := range j.body.MemberConfig {
			if given.Entity == k.entity && given.Name == row[1] && k.isMemberKey(t.server, given.Key) {
				config[given.Key] = given.Value
			}
		}
		k.put(t, id, j.id, config)
		if k == poolKind {
			driver, _ := t.text("SELECT driver FROM storage_pools WHERE id=?", id)
			if err := t.makePool(id, j.id, row[1], driver); err != nil {
				return err
			}
		}
	}
	return t.err
}

// initialize begins what goes wrong while the joiner makes its own pools and networks.
const initialize = "Failed to initialize member: Failed to initialize storage pools and networks: "

// compare refuses a joiner whose existing pools cannot become the cluster's, and a cluster whose bridges the joiner
// would have to invent addresses for.
func (j *joining) compare(ctx context.Context, t *tx) error {
	own, err := j.member.cluster.db.rows(ctx, `SELECT p.name,p.driver,c.value FROM storage_pools p
		LEFT JOIN storage_pools_config c ON c.storage_pool_id=p.id AND c.node_id=1 AND c.key='source'`)
	if err != nil {
		return err
	}
	for _, pool := range own {
		name, driver, source := pool[0], pool[1], pool[2]
		wanted, found := t.text("SELECT driver FROM storage_pools WHERE state<>? AND name=?", statePending, name)
		if found && driver != wanted {
			return fmt.Errorf(initialize+"Storage pool %q is of type %q instead of %q", name, driver, wanted)
		}
		if found && slices.ContainsFunc(j.body.MemberConfig, func(g memberKey) bool {
			return g.Entity == poolKind.entity && g.Name == name && g.Key == "source" && g.Value != source
		}) {
			return fmt.Errorf(initialize+"Failed to update storage pool %q: Pool source cannot be changed when not in pending "+
				"state", name)
		}
	}
	for _, row := range t.rows("SELECT id,name FROM networks WHERE type=0 AND project_id=1 AND state<>?", statePending) {
		config := networkKind.config(t, t.int(row[0]), nil)
		if err := foreignZone(*t.server, config); err != nil {
			return fmt.Errorf(initialize+"Failed to create local member network %q in project \"default\": %w", row[1], err)
		}
		if differ := invented(config); len(differ) > 0 {
			return fmt.Errorf("Failed request to add member: Mismatching config for network %q in project \"default\": different values for keys: %s", row[1], strings.Join(differ, ", "))
		}
	}
	return nil
}

// foreignZone refuses a bridge with zones on Incus: there the joiner makes it before it has the cluster's database, and
// knows no zone (recorded of 6.0.4, 7.0.2 and 7.5.1).
func foreignZone(s layout.Server, config map[string]string) error {
	for _, key := range zoneKeys {
		if zones := names(config[key]); len(zones) > 0 && s.Product == schema.Incus {
			return fmt.Errorf("Invalid %q, network zone %q not found", key, zones[0])
		}
	}
	return nil
}

// invented are the keys that the daemon would fill in for a bridge of this configuration.
func invented(config map[string]string) []string {
	filled := filledNetwork("bridge", config)
	var out []string
	for _, key := range sortedKeys(filled) {
		if config[key] != filled[key] {
			out = append(out, key)
		}
	}
	return out
}
