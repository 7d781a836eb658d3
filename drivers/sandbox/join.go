package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"clusterctl/schema"
)

// joining is one attempt of a member to join a cluster.
type joining struct {
	member *member
	target *member
	body   clusterBody
	// address is what the member will be known by.
	address string
	// id is its row in nodes, once accepted.
	id int64
	// late is the failure of one that fails when all is done.
	late error
}

// tokenField is the extension of servers that take tokens in fields of their own.
const tokenField = "explicit_trust_token"

// joiningCluster describes the operation of a join.
const joiningCluster = "Joining cluster"

// join checks what else LXD checks before it starts the operation, and stores the addresses, which no failure takes
// back.
func (c *call) join(body clusterBody) (reply, error) {
	config := c.local()
	own := canonical(config["core.https_address"])
	if own != "" && wildcardAddress(own) {
		return reply{}, fmt.Errorf("cannot set 'cluster.https_address' to '%s': Wildcard addresses aren't allowed",
			config["core.https_address"])
	}
	address, changes := canonical(body.ServerAddress), map[string]string{}
	switch own {
	case "":
		changes["core.https_address"], changes["cluster.https_address"] = address, address
	case address:
		changes["cluster.https_address"] = config["core.https_address"]
	default:
		changes["cluster.https_address"] = address
	}
	if err := c.world.free(c, changes); err != nil {
		return reply{}, err
	}
	if err := c.at.setLocal(c.Context(), changes); err != nil {
		return reply{}, err
	}
	switch {
	case c.world.copied != nil: // it knows no secret, and so not whether it is a token
		body.ClusterPassword += body.ClusterToken
	case c.world.server.Product == schema.Incus || c.world.server.Does("no passwords", "PUT /1.0/cluster"),
		c.world.server.Has(tokenField) && body.ClusterPassword == "":
		body.ClusterPassword = body.ClusterToken
	}
	j := &joining{member: c.at, body: body, address: address}
	op := c.at.newOperation("task", joiningCluster, j.run)
	op.location = "none"
	return reply{op: op}, nil
}

// run is the operation. The world is locked between its stages only, so that faults can strike there.
func (j *joining) run(ctx context.Context) error {
	stages := []struct {
		name string
		do   func(context.Context) error
	}{{"trust", j.trust}, {"accept", j.accept}, {"enter", j.enter}}
	for _, s := range stages {
		if err := j.member.world.faults.joining(ctx, j.member, s.name); err != nil {
			return err
		}
		for stage, do := range map[string]func(context.Context) error{
			"half": j.half, "copied": j.copied, "end": j.unaware,
		} {
			if s.name == "enter" && j.member.world.faults.endsJoin(j.member, stage) {
				s.do = do
			}
		}
		if err := j.locked(ctx, s.do); err != nil {
			return err
		}
	}
	if j.late != nil { // it comes of a limit, and whoever asks the cluster has seen the member listed by then
		select {
		case <-time.After(lateFailure):
		case <-ctx.Done():
		}
	}
	return j.late
}

// lateFailure is how long a daemon goes on after it is a member until its join fails.
const lateFailure = time.Second

func (j *joining) locked(ctx context.Context, do func(context.Context) error) error {
	j.member.world.mu.Lock()
	defer j.member.world.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err() // the daemon died between two stages
	}
	return do(ctx)
}

// trust finds the target, compares its certificate and adds the joiner's own to the trust store.
func (j *joining) trust(ctx context.Context) error {
	j.target = j.member.world.at(ctx, canonical(j.body.ClusterAddress))
	address := canonical(j.body.ClusterAddress)
	if j.target == nil || j.target == j.member {
		return fmt.Errorf("Failed to setup cluster trust: Failed to connect to target cluster node %q: %w", address,
			unreachable("Get", address, "/1.0"))
	}
	given := parseCertificate(j.body.ClusterCertificate)
	if given == nil || j.member.world.copied == nil && !bytes.Equal(given, j.target.pair().tls.Certificate[0]) {
		return fmt.Errorf("Failed to setup cluster trust: Failed to connect to target cluster node %q: Invalid remote certificate", address)
	}
	if err := j.target.available(true); err != nil {
		return fmt.Errorf("Failed to setup cluster trust: %w", err)
	}
	own := j.member.serverPair
	return update(ctx, j.target.cluster.db, func(t *tx) error {
		known := t.number("SELECT count(*) FROM "+t.trusted()+" WHERE fingerprint=?", own.fingerprint()) > 0
		if j.body.ClusterPassword == "" && !known {
			return errors.New("Failed to update cluster trust: Failed getting existing certificate: not authorized")
		}
		if j.body.ClusterPassword != "" { // who is known shows it all the same
			if err := j.target.admit(t, j.body.ClusterPassword); err != nil {
				return fmt.Errorf("Failed to setup cluster trust: Failed to add server cert to cluster: %w", err)
			}
		}
		if !known {
			t.addCertificate(own.fingerprint(), certServer, j.body.ServerName, string(own.certPEM))
		}
		row := t.row("SELECT id,type,name FROM "+t.trusted()+" WHERE fingerprint=?", own.fingerprint())
		if row != nil && row[1] == fmt.Sprint(certServer) && row[2] != j.body.ServerName {
			return fmt.Errorf("Failed to update cluster trust: Existing server certificate with different name %q already in trust store", row[2])
		}
		if row != nil {
			t.restrict(t.int(row[0]), certServer, certificate{Name: j.body.ServerName})
		}
		return nil
	})
}

// accept is the target's part: every check, then a pending row.
func (j *joining) accept(ctx context.Context) error {
	err := update(ctx, j.target.cluster.db, func(t *tx) error {
		if err := j.compare(ctx, t); err != nil {
			return err
		}
		if err := j.check(t); err != nil {
			return fmt.Errorf("Failed request to add member: %w", err)
		}
		t.exec("DELETE FROM nodes WHERE state=? AND (name=? OR address=?)", stateMemberPending, j.body.ServerName, j.address)
		j.id = t.exec("INSERT INTO nodes (name,description,address,schema,api_extensions,heartbeat,state,arch) "+
			"VALUES (?,'',?,?,?,?,?,2)",
			j.body.ServerName, j.address, t.server.Schema, len(j.member.extensions()), time.Now().UTC(),
			stateMemberPending)
		return nil
	})
	return errors.Join(err, j.uncopied(ctx))
}

// check is what the cluster asks of a new member.
func (j *joining) check(t *tx) error {
	switch {
	case !j.target.cluster.clustered:
		return fmt.Errorf("Clustering isn't enabled")
	case t.number("SELECT count(*) FROM nodes WHERE name=? AND state<>?", j.body.ServerName, stateMemberPending) > 0:
		return fmt.Errorf("The cluster already has a member with name: %s", j.body.ServerName)
	case t.number("SELECT count(*) FROM nodes WHERE address=? AND state<>?", j.address, stateMemberPending) > 0:
		return fmt.Errorf("The cluster already has a member with address: %s", j.address)
	case t.number("SELECT count(*) FROM nodes WHERE schema<>?", t.server.Schema) > 0:
		return fmt.Errorf("The joining server version doesn't match (expected %s with DB schema %d)", j.target.version(),
			t.number("SELECT schema FROM nodes WHERE schema<>?", t.server.Schema))
	}
	if count := t.number("SELECT api_extensions FROM nodes WHERE state<>? AND api_extensions<>?", stateMemberPending,
		len(j.member.extensions())); count > 0 {
		return fmt.Errorf("The joining server version doesn't match (expected %s with API count %d)", j.target.version(),
			count)
	}
	return nil
}
