package sandbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"clusterctl/drivers/sandbox/wire"
)

func clusterRoutes() []route {
	return []route{
		{"GET", "/1.0/cluster", trustClient, locked, clusterGet},
		{"PUT", "/1.0/cluster", trustClient, locked, with(clusterPut)},
	}
}

// memberKey is one entry of member_config.
type memberKey struct {
	Entity      string `json:"entity"`
	Name        string `json:"name"`
	Key         string `json:"key"`
	Value       string `json:"value"`
	Description string `json:"description"`
}

// clusterBody is the body of PUT /1.0/cluster.
type clusterBody struct {
	ServerName         string      `json:"server_name"`
	Enabled            bool        `json:"enabled"`
	MemberConfig       []memberKey `json:"member_config"`
	ClusterAddress     string      `json:"cluster_address"`
	ClusterCertificate string      `json:"cluster_certificate"`
	ServerAddress      string      `json:"server_address"`
	ClusterPassword    string      `json:"cluster_password"`
	ClusterToken       string      `json:"cluster_token"`
}

func clusterGet(c *call) (reply, error) {
	view := map[string]any{"server_name": strings.TrimPrefix(c.at.ServerName, nobody),
		"enabled":       c.at.cluster.clustered || c.at.named,
		"member_config": c.tx.objects(c.world.server.Query("member keys"))}
	return reply{metadata: c.dress("/1.0/cluster", 0, view), etag: view}, nil
}

func clusterPut(c *call, body clusterBody) (reply, error) {
	if body.ClusterAddress != "" {
		return c.join(body)
	}
	return c.bootstrap(body.ServerName)
}

// bootstrap makes the standalone member the first of a cluster.
func (c *call) bootstrap(name string) (reply, error) {
	config := c.local()
	address := canonical(config["cluster.https_address"])
	if address == "" {
		if address = canonical(config["core.https_address"]); wildcardAddress(address) || address == "" {
			return reply{}, fmt.Errorf("Cannot use wildcard core.https_address %q for cluster.https_address. Please specify a new cluster.https_address or core.https_address", config["core.https_address"])
		}
		if err := c.at.setLocal(c.Context(),
			map[string]string{"cluster.https_address": config["core.https_address"]}); err != nil {
			return reply{}, err
		}
	}
	m := c.at
	m.ServerName = name // kept even when the operation fails (measured)
	op := m.newOperation("task", "Creating bootstrap node", func(ctx context.Context) error {
		m.world.mu.Lock()
		defer m.world.mu.Unlock()
		nodes, err := m.raftNodes(ctx)
		switch {
		case err != nil:
			return err
		case m.clusterPair != nil:
			return fmt.Errorf("Inconsistent state: found leftover cluster certificate")
		case len(nodes) > 0:
			return fmt.Errorf("The member is already part of a cluster")
		}
		if x, ends := m.world.faults.strike(FaultDropBootstrap, m); ends {
			return m.foundHalf(ctx, name, address, x.Stage)
		}
		return m.found(ctx, name, address)
	})
	op.location = "none"
	return reply{op: op}, nil
}

// found turns the member's own database into a cluster's, with a new certificate that the members will share.
func (m *member) found(ctx context.Context, name, address string) error {
	pair, err := newKeyPair(m.Label)
	if err != nil {
		return err
	}
	if err := pair.write(m.dir, "cluster"); err != nil {
		return err
	}
	c := m.cluster
	if err := m.beFirst(ctx, name, address); err != nil {
		return err
	}
	m.clusterPair, m.NodeID = pair, 1
	c.clustered, c.leader, c.raft = true, 1, []wire.Node{{ID: 1, Address: address, Role: wire.Voter}}
	if err := view(ctx, c.db, c.storeRaft); err != nil {
		return err
	}
	return m.world.save()
}

// beFirst gives the row of a standalone member its name and address.
func (m *member) beFirst(ctx context.Context, name, address string) error {
	return update(ctx, m.cluster.db, func(t *tx) error {
		t.exec("UPDATE nodes SET name=?,address=?,heartbeat=? WHERE id=1", name, address, time.Now().UTC())
		if t.number("SELECT count(*) FROM "+t.trusted()+" WHERE fingerprint=?", m.serverPair.fingerprint()) == 0 {
			t.addCertificate(m.serverPair.fingerprint(), certServer, name, string(m.serverPair.certPEM))
		}
		return nil
	})
}
