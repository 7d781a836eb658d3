package remote

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net"
	"slices"
	"strconv"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/dqlite"
	"clusterctl/schema"
)

var _ drivers.Inspector = (*Cluster)(nil)

// probeTimeout is how long a member may take to accept a connection.
const probeTimeout = 3 * time.Second

// Probe implements drivers.Inspector.
func (c *Cluster) Probe(ctx context.Context, address string) error {
	return probe(ctx, c.vantage(address), address)
}

// ProbeFrom implements drivers.Inspector.
func (c *Cluster) ProbeFrom(ctx context.Context, name, address string) error {
	m := c.member(name)
	if m != nil && m.Connection.Unix != nil {
		return probe(ctx, &net.Dialer{}, address) // this machine is that member
	}
	if m == nil || m.Connection.SSH == nil || m.dialer() == nil {
		return &drivers.Error{Kind: drivers.Unsupported, Op: "connecting to " + address, Member: name,
			Err: errors.New("it is not reached over SSH")}
	}
	return probe(ctx, m.dialer(), address)
}

func probe(ctx context.Context, from drivers.Dialer, address string) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	conn, err := from.DialContext(ctx, "tcp", address)
	if err == nil {
		return conn.Close()
	}
	return &drivers.Error{Kind: drivers.TransportKind(ctx, err), Op: "connecting to " + address, Err: err}
}

// vantage returns from where an address is best tried: another member's end, else that of the member itself, else this
// machine.
func (c *Cluster) vantage(address string) drivers.Dialer {
	var own drivers.Dialer
	for _, m := range c.members {
		dial := m.dialer()
		switch {
		case dial != nil && m.Address != address:
			return dial
		case dial != nil:
			own = dial
		}
	}
	if own != nil {
		return own
	}
	return &net.Dialer{}
}

// Raft implements drivers.Inspector. What opens the database for one member opens it for none that was removed, whose
// files may still be there: it is asked with the next one's then.
func (c *Cluster) Raft(ctx context.Context, address string) (schema.Raft, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	var refusal error
	var refused []*member
	for {
		k, err := c.anyKeys(ctx, refused)
		if err != nil {
			return schema.Raft{}, cmp.Or(refusal, err)
		}
		found, err := dqlite.Cluster(ctx, c.databaseConfig(k, nil), address)
		if !drivers.Is(err, drivers.Denied) {
			return found, err
		}
		c.dropKeys(k)
		refusal, refused = cmp.Or(refusal, err), append(refused, k.from)
	}
}

// anyKeys returns the key material that is held, or that of the first member, but for these, whose files can be read.
func (c *Cluster) anyKeys(ctx context.Context, but []*member) (*keys, error) {
	c.mu.Lock()
	held := c.keys
	c.mu.Unlock()
	if held != nil && !slices.Contains(but, held.from) {
		return held, nil
	}
	err := errNoKeys
	for _, m := range c.members {
		if !m.connected() || m.Connection.HTTPS != nil || slices.Contains(but, m) {
			continue
		}
		if err = c.fetchKeys(ctx, m); err == nil {
			return c.anyKeys(ctx, but)
		}
	}
	return nil, err
}

// connected reports that there is a connection to the member now.
func (m *member) connected() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held != nil && !ended(m.held.done)
}

// LocalRaft implements drivers.Inspector.
func (c *Cluster) LocalRaft(ctx context.Context, name string) ([]schema.RaftMember, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	found, err := c.ownSQL(ctx, name, "SELECT id, address, role, name FROM raft_nodes ORDER BY address")
	if err != nil {
		return nil, err
	}
	out := make([]schema.RaftMember, len(found))
	for i, row := range found {
		id, _ := strconv.ParseUint(row[0].String, 10, 64) // an integer column
		out[i] = schema.RaftMember{ID: id, Address: row[1].String, Role: drivers.RaftRole(row[2].String), Name: row[3].String}
	}
	return out, nil
}

// Clock implements drivers.Inspector.
func (c *Cluster) Clock(ctx context.Context, name string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	asked := time.Now()
	found, err := c.ownSQL(ctx, name, "SELECT strftime('%s', 'now'), strftime('%f', 'now')")
	if err != nil {
		return 0, err
	}
	answered := time.Now()
	seconds, err := strconv.ParseInt(found[0][0].String, 10, 64)
	if err != nil {
		return 0, &drivers.Error{Kind: drivers.Internal, Op: "reading the clock", Member: name, Err: err}
	}
	fraction, err := strconv.ParseFloat(found[0][1].String, 64) // seconds of the minute, with their fraction
	if err != nil {
		return 0, &drivers.Error{Kind: drivers.Internal, Op: "reading the clock", Member: name, Err: err}
	}
	_, part := math.Modf(fraction)
	there := time.Unix(seconds, int64(part*float64(time.Second)))
	return there.Sub(asked.Add(answered.Sub(asked) / 2)), nil
}

// Certificates implements drivers.Inspector.
func (c *Cluster) Certificates(ctx context.Context, name string) (own, cluster string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	m := c.member(name)
	if m == nil || !m.connected() {
		return "", "", &drivers.Error{Kind: drivers.Unsupported, Op: "reading its certificates", Member: name,
			Err: errors.New("there is no connection to it")}
	}
	if m.Connection.HTTPS != nil { // which shows the cluster's alone
		server, err := drivers.ServerOf(ctx, m)
		if err != nil || !server.Clustered() {
			return "", "", err
		}
		return "", server.Environment.Certificate, nil
	}
	l, err := m.link(ctx)
	if err != nil {
		return "", "", err
	}
	f, err := l.files(ctx)
	return string(f.ServerCertificate), string(f.ClusterCertificate), err
}

// ownSQL runs a SELECT on the member's own database.
func (c *Cluster) ownSQL(ctx context.Context, name, statement string) ([][]drivers.Cell, error) {
	m := c.member(name)
	if m == nil || !m.connected() {
		return nil, &drivers.Error{Kind: drivers.Unreachable, Op: "asking the member's own database", Member: name,
			Err: errors.New("there is no connection to it")}
	}
	return drivers.SQL{API: m, Database: "local"}.Query(ctx, statement)
}
