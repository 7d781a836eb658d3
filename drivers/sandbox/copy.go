package sandbox

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"

	"clusterctl/drivers/rows"
	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// Copy says what a world in memory is a copy of.
type Copy struct {
	// Live is the cluster, or the server that begins one, as it was read.
	Live     schema.Cluster
	Registry schema.Registry
	// Members are those of the preseed; one that is not in the cluster is a server of its own.
	Members []schema.Member
	// Bootstrap is the member that begins a new cluster.
	Bootstrap string
}

// Copied starts a world that is a copy of a cluster: the same members, rows and roles. It is in memory alone: nothing
// of it is on disk or listens anywhere, [World.Backend] reaches it. What the readers of a cluster do not see is made
// up: keys, secrets, and what servers that were not reached hold. Anybody with any password may join, and every pinned
// certificate is taken, since both are known to the real servers alone.
//
// Time does not pass in it: heartbeats are renewed often, and nothing else happens by itself.
func Copied(ctx context.Context, c Copy) (*World, error) {
	w := &World{faults: &faults{}, temporary: true, copied: &c}
	var played bool
	live := c.Live.Facts.Flavour
	if w.server, played = layout.Like(live); !played || live.Version == "" {
		w.server = layout.Nearest(live.Product, c.Live.Facts.Schema)
	}
	if live.Version != "" {
		w.server.Flavour = live
	}
	w.server.Extensions = fit(w.server.Extensions, c.extensions(len(w.server.Extensions)))
	w.ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := w.copy(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("copying the cluster: %w", err), w.Close())
	}
	return w, nil
}

func (w *World) copy(ctx context.Context) error {
	facts := w.copied.Live.Facts
	if err := w.copyCluster(ctx); err != nil {
		return err
	}
	for _, m := range w.copied.Members {
		host := facts.Hosts[m.Name]
		_, listed := facts.Members[m.Name]
		if w.labelled(m.Name) != nil || listed && (host.Fault != "" || host.Clustered || facts.Hosts == nil) {
			continue
		}
		if err := w.copyServer(ctx, m.Name); err != nil {
			return fmt.Errorf("server %s: %w", m.Name, err)
		}
	}
	for _, m := range w.members {
		m.listenUnix()
	}
	w.mu.Lock()
	err := w.heartbeat(ctx)
	w.mu.Unlock()
	w.work.Go(w.beat)
	return err
}

// copyMember makes a member of the copy, which is in no cluster yet.
func (w *World) copyMember(ctx context.Context, label, certificate string, down bool) (m *member, err error) {
	s := &savedMember{Label: label, Down: down}
	w.saved.Members = append(w.saved.Members, s)
	m = w.bareMember(s)
	w.members = append(w.members, m)
	if m.serverPair, err = certificatePair(certificate, label); err != nil {
		return nil, err
	}
	m.local, err = w.openDatabase(ctx, "", w.server.Local)
	return m, err
}

// certificatePair is a certificate that somebody else has the key of, or a new one where it is not known.
func certificatePair(certificate, name string) (*keyPair, error) {
	if der := parseCertificate(certificate); der != nil {
		return &keyPair{certPEM: []byte(certificate), tls: tls.Certificate{Certificate: [][]byte{der}}}, nil
	}
	return newKeyPair(name)
}

// copyServer makes a server that is in no cluster: the one that is to begin it, as it was read, or one that is to join.
func (w *World) copyServer(ctx context.Context, name string) error {
	live, host := w.copied.Live, w.copied.Live.Facts.Hosts[name]
	m, err := w.copyMember(ctx, name, host.Certificate, false)
	if err != nil {
		return err
	}
	c, err := w.openCluster(ctx, w.newClusterFile())
	if err != nil {
		return err
	}
	m.cluster, m.NodeID = c, 1
	if live.Facts.Clustered || name != w.copied.Bootstrap {
		live = schema.NewCluster(schema.Facts{}, host.Settings...)
	}
	if err := m.setLocal(ctx, host.Config); err != nil {
		return err
	}
	return update(ctx, c.db, func(t *tx) error {
		_, err := w.write(t, live)
		t.exec("UPDATE nodes SET api_extensions=?", len(w.server.Extensions))
		for _, fingerprint := range host.Trusts {
			t.addCertificate(fingerprint, certServer, fingerprint, "")
		}
		return err
	})
}

// write fills a database with what a cluster has, and returns the ids of its members.
func (w *World) write(t *tx, live schema.Cluster) (map[string]int64, error) {
	ids, err := rows.Write(t.ctx, t.sql, w.copied.Registry, live, w.now())
	if err == nil {
		t.grantCopied(live)
		t.poolCopied(live)
	}
	return ids, err
}

// poolCopied gives the pools of load balancers the instances that they have in the cluster.
func (t *tx) poolCopied(live schema.Cluster) {
	for _, o := range live.OfKind("network_load_balancer_pool") {
		t.exec(t.server.Query("pool copied"), values([]any{"project", o.Ref.Project, "pool", o.Ref.Name,
			"instances", o.Attrs["instances"]})...)
	}
}

// extensions is how many API extensions the servers have.
func (c *Copy) extensions(usual int) int {
	most := 0
	for _, m := range c.Live.Facts.Members {
		most = max(most, m.Extensions)
	}
	for _, h := range c.Live.Facts.Hosts {
		most = max(most, h.Extensions)
	}
	return cmp.Or(most, usual)
}

// dialCopy connects to the daemon of the member that the path is called after.
func (w *World) dialCopy(ctx context.Context, network, path string) (net.Conn, error) {
	m := w.labelled(path)
	if m == nil || network != "unix" || !w.reached(path) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errRefused}
	}
	return m.dialUnix(ctx, w.socket())
}

// reached reports that somebody who wants to apply the plan reaches the daemon of a member.
func (w *World) reached(member string) bool { return w.copied.Live.Facts.Hosts[member].Fault == "" }

// fit returns a list of that length, with made-up words where it is too short.
func fit(list []string, length int) []string {
	list = slices.Clone(list[:min(len(list), length)])
	for i := len(list); i < length; i++ {
		list = append(list, fmt.Sprintf("sandbox_extension_%d", i+1))
	}
	return list
}
