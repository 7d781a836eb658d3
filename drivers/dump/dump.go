package dump

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/rows"
	"clusterctl/schema"
)

// loadLimit is how long SQLite may take: a dump of 100,000 profiles takes it 3 s.
const loadLimit = 5 * time.Minute

// Config says what is read, and for whom.
type Config struct {
	// Input is the dump; it is read once and not closed.
	Input    io.Reader
	Registry schema.Registry
	// Most is how many bytes the objects in it may have; 0 for any number.
	Most int64
	// Secret returns the value of a secret by its name in schema.Preseed.Secrets; nil when there are none.
	Secret func(name string) (string, error)
}

// Dump is a saved copy of a cluster's database. It is safe for use by several goroutines.
type Dump struct {
	config        Config
	loader        *loader
	global, local *database
}

var _ drivers.Backend = (*Dump)(nil)

// Open reads a dump. The error says what is wrong and in which line, and never what stands there. Close forgets what
// was read.
func Open(ctx context.Context, c Config) (*Dump, error) {
	if c.Secret == nil {
		c.Secret = func(name string) (string, error) { return "", fmt.Errorf("there is no secret %q", name) }
	}
	begins, err := begun(ctx, c.Input)
	if err != nil {
		return nil, err
	}
	d := &Dump{config: c, loader: &loader{script: begins}}
	limited, cancel := context.WithTimeoutCause(ctx, loadLimit, fmt.Errorf("it is not loaded after %s", loadLimit))
	defer cancel()
	if err = d.loader.load(limited); err == nil {
		d.global, d.local, err = d.loader.sort()
	}
	if limited.Err() != nil {
		err = context.Cause(limited)
	}
	d.loader.script = script{} // it is in the databases now
	if err != nil {
		return nil, errors.Join(err, d.loader.close())
	}
	return d, nil
}

// Close implements drivers.Backend.
func (d *Dump) Close() error { return d.loader.close() }

// Read implements drivers.Reader. Heartbeats are as old as they were when the newest of them was written.
func (d *Dump) Read(ctx context.Context) (schema.Cluster, error) {
	global := rows.Bounded(d.global, d.config.Most)
	newest, err := rows.NewestHeartbeat(ctx, global)
	if err != nil {
		return schema.Cluster{}, err
	}
	live, err := rows.Read(ctx, global, d.config.Registry, newest)
	if errors.Is(err, drivers.ErrRows) {
		err = fmt.Errorf("the objects in the dump have more than %d MiB; if that is right, give a larger --max-input",
			d.config.Most>>20)
	}
	if err != nil {
		return schema.Cluster{}, err
	}
	facts := live.Facts
	facts.Source, facts.AsOf, facts.Flavour = schema.SourceDump, newest, flavour(facts.Schema, d.global.tables)
	if d.local != nil {
		roles, err := rows.RaftRoles(ctx, rows.SQL(d.local))
		if err != nil {
			return schema.Cluster{}, err
		}
		facts.Members = rows.WithRoles(facts.Members, roles)
	}
	facts.SecretSet, _ = rows.CompareSecrets(facts, d.config.Secret) // one that is not known is not compared
	facts.Unseen = slices.Concat(d.unseen(facts), facts.Unseen)
	return live.With(facts), nil
}

// unseen says in sentences what a dump does not tell.
func (d *Dump) unseen(facts schema.Facts) []schema.Sighting {
	age := "this is a dump of unknown age; what has happened since is unknown"
	if !facts.AsOf.IsZero() {
		age = "this is a dump of " + facts.AsOf.Format(time.DateTime) +
			" UTC, the time of its newest heartbeat; what has happened since is unknown"
	}
	tool := "lxd sql"
	if facts.Flavour.Product == schema.Incus {
		tool = "incus admin sql"
	}
	roles := "the leader and the roles in the database (voter, stand-by, spare) are not in a dump; the roles are when a member's own " +
		"database follows: " + tool + " local .dump"
	if d.local != nil {
		roles = "the leader of the database is not in a dump; the roles in it are those that one member had noted"
	}
	return []schema.Sighting{
		{What: schema.LookSince, Text: age},
		{What: schema.LookServer, Text: "no server was asked: who can be reached, and what new servers run and hold, is unknown"},
		{What: schema.LookServerKeys, Cause: "not in a dump",
			Text: "the server keys of single members, such as core.https_address, are not in a dump"},
		{What: schema.LookRoles, Text: roles},
	}
}

// Numbers of schemas: that of LXD 5.0.x, the last that LXD alone had, and the first of those in which LXD has a table
// identities and Incus none.
const (
	schemaLTS   = 60
	schemaLXD   = 68
	schemaSplit = 73
)

// flavour tells from the tables whose database it is. A dump does not say which version wrote it.
func flavour(number int, tables map[string]bool) schema.Flavour {
	switch {
	case number == schemaLTS:
		return schema.Flavour{Product: schema.LXD, Version: "5.0"}
	case number <= schemaLXD, tables["identities"]:
		return schema.Flavour{Product: schema.LXD}
	case number >= schemaSplit:
		return schema.Flavour{Product: schema.Incus}
	}
	return schema.Flavour{}
}

// API implements drivers.Backend. The only question that a dump answers is what is in the trust store.
func (d *Dump) API(context.Context, string) (drivers.API, error) { return answers{d}, nil }

type answers struct{ dump *Dump }

// Do implements drivers.API.
func (a answers) Do(ctx context.Context, c drivers.Call) (drivers.Reply, error) {
	op := c.Method + " " + c.Path
	tables := a.dump.global.tables
	if c.Method != http.MethodGet || c.Path != "/1.0/certificates" || !tables["certificates"] || tables["identities"] {
		return drivers.Reply{}, &drivers.Error{Kind: drivers.Unsupported, Op: op, Err: errors.New("a dump gives no answer")}
	}
	found, err := rows.SQL(a.dump.global).Query(ctx, `SELECT fingerprint, name, certificate,
		CASE type WHEN 1 THEN 'client' WHEN 2 THEN 'server' WHEN 3 THEN 'metrics' ELSE 'unknown' END
		FROM certificates ORDER BY fingerprint`)
	if err != nil {
		return drivers.Reply{}, &drivers.Error{Kind: drivers.Internal, Op: op, Err: err}
	}
	list := []map[string]string{}
	for _, row := range found {
		list = append(list, map[string]string{"fingerprint": row[0].String, "name": row[1].String,
			"certificate": row[2].String, "type": row[3].String})
	}
	metadata, err := json.Marshal(list)
	return drivers.Reply{Status: http.StatusOK, Metadata: metadata}, err
}
