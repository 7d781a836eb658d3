package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"clusterctl/drivers/sandbox/wire"
	"clusterctl/schema"
)

// copyCluster makes the members of the cluster with the database that they share.
func (w *World) copyCluster(ctx context.Context) error {
	live := w.copied.Live
	if !live.Facts.Clustered {
		return nil
	}
	c, err := w.openCluster(ctx, w.newClusterFile())
	if err != nil {
		return err
	}
	c.clustered, w.shared = true, c
	facts := live.Facts
	facts.Members = map[string]schema.MemberFacts{}
	for name, m := range live.Facts.Members {
		m.Schema, m.Extensions = w.server.Schema, len(w.server.Extensions)
		facts.Members[name] = m
	}
	var ids map[string]int64
	err = update(ctx, c.db, func(t *tx) error {
		ids, err = w.write(t, live.With(facts))
		return err
	})
	if err != nil {
		return err
	}
	pair, err := certificatePair(facts.Certificate, "cluster")
	if err != nil {
		return err
	}
	for _, name := range facts.MemberOrder() {
		if err := w.copyClustered(ctx, c, pair, name, ids[name]); err != nil {
			return fmt.Errorf("member %s: %w", name, err)
		}
	}
	c.leader = uint64(ids[facts.Leader])
	c.elect()
	return view(ctx, c.db, c.storeRaft)
}

// raftRoles are the roles in the Raft group by their numbers.
var raftRoles = []schema.RaftRole{schema.Voter, schema.StandBy, schema.Spare}

// copyClustered makes a member of the cluster, unless nobody runs there any more: its server answers, and is in none.
func (w *World) copyClustered(ctx context.Context, c *cluster, pair *keyPair, name string, id int64) error {
	facts, live := w.copied.Live.Facts.Members[name], w.copied.Live
	host, asked := live.Facts.Hosts[name]
	if role := slices.Index(raftRoles, cmp.Or(facts.Role, w.copied.role(name))); role >= 0 {
		c.raft = append(c.raft, wire.Node{ID: uint64(id), Address: facts.Address, Role: wire.Role(role)})
	}
	if facts.State == schema.StatePending || asked && host.Fault == "" && !host.Clustered {
		return nil
	}
	m, err := w.copyMember(ctx, name, "", !facts.Online)
	if err != nil {
		return err
	}
	m.cluster, m.NodeID, m.ServerName, m.clusterPair = c, id, name, pair
	server, _ := live.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	own := maps.Clone(server.Members[name].Config)
	if own == nil {
		own = map[string]string{"core.https_address": facts.Address}
	}
	own["cluster.https_address"] = facts.Address
	if err := m.setLocal(ctx, own); err != nil {
		return err
	}
	return update(ctx, c.db, func(t *tx) error {
		t.addCertificate(m.serverPair.fingerprint(), certServer, name, string(m.serverPair.certPEM))
		return nil
	})
}

// role stands in where the roles were not read: the first three members vote.
func (c *Copy) role(name string) schema.RaftRole {
	for _, m := range c.Live.Facts.Members {
		if m.Role != "" {
			return ""
		}
	}
	for i, other := range c.Live.Facts.MemberOrder() {
		if other == name && i < 3 {
			return schema.Voter
		}
	}
	return schema.Spare
}
