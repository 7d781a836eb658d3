package sandbox

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"clusterctl/drivers/sandbox/sshd"
	"clusterctl/drivers/sandbox/wire"
)

// What a daemon leaves that dies while it creates its part of a pool or network, or joins, and the commands that find
// and remove it. Later tries fail with the words of lxd 5.0.2 (measured).

// createOn makes the member's part, unless something of an earlier try is in the way, or the daemon dies meanwhile.
func (k pendingKind) createOn(c *call, m *member, id int64, create func(m *member) error) error {
	name, _ := c.tx.text("SELECT name FROM "+k.table+" WHERE id=?", id)
	part := strings.ReplaceAll(k.entity, "-", "_") + ":" + name
	there := slices.Contains(m.Left, part)
	switch {
	case there && k == networkKind:
		return fmt.Errorf("Network interface %q already exists", name)
	case there:
		return fmt.Errorf("Storage pool directory \"%s/storage-pools/%s\" already exists", m.world.server.Folder, name)
	}
	if _, dies := c.world.faults.strike(FaultDieCreating, m); dies {
		m.Left = append(m.Left, part)
		m.kill()
		return errors.New("EOF")
	}
	return create(m)
}

// half is a join whose daemon dies when its own database has the cluster's members and the cluster has not its: it does
// not start again.
func (j *joining) half(ctx context.Context) error {
	err := update(ctx, j.member.local, func(t *tx) error {
		for _, n := range j.target.cluster.raft {
			t.exec("INSERT INTO raft_nodes (id,address,role,name) VALUES (?,?,?,'')", n.ID, n.Address, n.Role)
		}
		t.exec("INSERT INTO raft_nodes (id,address,role,name) VALUES (?,?,1,?)", j.id, j.address, j.body.ServerName)
		return nil
	})
	j.member.kill()
	return errors.Join(err, errors.New("the daemon died"))
}

// copied is a join whose daemon dies when its own database has the certificates of the cluster's servers.
func (j *joining) copied(ctx context.Context) error {
	server := j.member.world.server
	found, err := j.target.cluster.db.rows(ctx,
		"SELECT fingerprint,name,certificate FROM ("+server.Statement("trusted")+") WHERE type=?", certServer)
	err = errors.Join(err, update(ctx, j.member.cluster.db, func(t *tx) error {
		for _, c := range found {
			t.addCertificate(c[0], certServer, c[1], c[2])
		}
		return nil
	}))
	j.member.kill()
	return errors.Join(err, errors.New("the daemon died"))
}

// unaware is a join that fails when all is done but that the daemon takes itself for a member.
func (j *joining) unaware(ctx context.Context) error {
	j.member.Unaware, j.late = true, errors.New("Failed to begin transaction: context deadline exceeded")
	return j.enter(ctx)
}

// aloneAddress is what the Raft configuration of a server in no cluster has for its address.
const aloneAddress = "1"

// foundHalf is a bootstrap whose daemon dies when its own database has the first member, at the stage row the row
// of the member as well, and at the stage key a key of the cluster that is empty; the Raft configuration is that of a
// server of its own (lxd 5.0.2, measured).
func (m *member) foundHalf(ctx context.Context, name, address, stage string) error {
	err := m.local.exec(ctx, "INSERT INTO raft_nodes (id,address,role,name) VALUES (1,?,0,?)", address, name)
	if stage == "key" {
		m.Torn = "cluster.key (0 bytes)"
	}
	if stage == "row" || stage == "key" {
		c := m.cluster
		err = errors.Join(err, m.beFirst(ctx, name, address))
		m.NodeID, c.clustered, c.leader = 1, true, 1
		c.raft = []wire.Node{{ID: 1, Address: aloneAddress, Role: wire.Voter}}
	}
	m.kill()
	return errors.Join(err, m.world.save(), errors.New("the daemon died"))
}

// half reports the cluster of a member whose bootstrap broke off at the stage row.
func (c *cluster) half() bool { return len(c.raft) == 1 && c.raft[0].Address == aloneAddress }

// startsHalf reports a server that is in no cluster, and starts with the place in a Raft configuration that a bootstrap
// has left it.
func (m *member) startsHalf(nodes [][]string) bool {
	return !m.cluster.clustered && len(nodes) == 1 && nodes[0][0] == "1"
}

// unbootstrap makes it a server of its own again.
func (m *member) unbootstrap(ctx context.Context, c sshd.Command) error {
	if nodes, err := m.raftNodes(ctx); len(nodes) > 1 || err != nil {
		return errors.Join(err, exit{1, "there are other members\n"})
	}
	if m.Torn == "" && strings.Contains(c.Line, "are whole") {
		return exit{1, "the certificate of the cluster and its key are whole\n"}
	}
	m.kill()
	m.ServerName, m.clusterPair, m.Torn = "", nil, ""
	m.cluster.clustered, m.cluster.leader, m.cluster.raft = false, 0, nil
	return errors.Join(removeKeyPair(m.dir, "cluster"), m.local.exec(ctx, "DELETE FROM raft_nodes"),
		m.cluster.db.exec(ctx, "UPDATE nodes SET name='none',address='0.0.0.0' WHERE id=1"))
}

// uncopied fails when an earlier join has left such certificates.
func (j *joining) uncopied(ctx context.Context) error {
	server := j.member.world.server
	left, err := j.member.cluster.db.rows(ctx,
		"SELECT name,fingerprint FROM ("+server.Statement("trusted")+") WHERE type=?", certServer)
	if len(left) > 0 {
		err = fmt.Errorf("Failed adding local trusted certificate %q (%s): This \"certificates\" entry already exists",
			left[0][0], left[0][1])
	}
	return err
}

var partsOf = regexp.MustCompile(`for part in ([^;]*); do`)

func parts(line string) (out []string) {
	if found := partsOf.FindStringSubmatch(line); found != nil {
		for _, word := range strings.Fields(found[1]) {
			name, _, _ := strings.Cut(strings.Trim(word, "'"), "|")
			out = append(out, name)
		}
	}
	return out
}

func (m *member) printRemains(ctx context.Context, c sshd.Command) error {
	for _, part := range parts(c.Line) {
		if kind, name, _ := strings.Cut(part, ":"); slices.Contains(m.Left, part) {
			what := map[string]string{"network": "the interface " + name + " (00:16:3e:00:00:01)"}[kind]
			if what == "" {
				what = "the folder storage-pools/" + name
			}
			fmt.Fprintf(c.Stdout, "part\t%s\t%s\n", part, what)
		}
	}
	if m.Torn != "" {
		fmt.Fprintf(c.Stdout, "torn\t%s\n", m.Torn)
	}
	nodes, err := m.raftNodes(ctx)
	for _, n := range nodes {
		if !m.up() {
			fmt.Fprintf(c.Stdout, "joined\t%s\n", n[2])
		}
	}
	return err
}

func (m *member) clearParts(_ context.Context, c sshd.Command) error {
	m.Left = slices.DeleteFunc(m.Left, func(part string) bool { return slices.Contains(parts(c.Line), part) })
	return nil
}

// wipe keeps the certificate of the server. It refuses one with instances as the command does.
func (m *member) wipe(ctx context.Context, _ sshd.Command) error {
	if m.cluster.clustered {
		return exit{1, "there is data: it is a member\n"}
	}
	m.Left = nil
	return m.empty(ctx)
}
