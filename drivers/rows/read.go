package rows

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"clusterctl/schema"
)

// Read reads the objects of every kind and the facts that the database has: members, schema number, the hash of the
// trust password. Two statements are run. now is the time that heartbeats are held against, in UTC; the zero time
// stands for the clock of the database's host, which wrote them.
//
// A kind whose table this database does not have is named in Facts.Unseen. The error is the Querier's, with what was
// being read. Facts about hosts, roles in Raft and the leader are not in the database: the caller adds them.
func Read(ctx context.Context, q Querier, reg schema.Registry, now time.Time) (schema.Cluster, error) {
	l, err := describe(ctx, q)
	if err != nil {
		return schema.Cluster{}, err
	}
	r := &reading{layout: l, clock: now, names: map[string]string{}, members: map[string]*member{},
		stored: map[schema.StoredSecret]schema.Secret{}}
	r.addClock()
	members, _ := reg.Kind(schema.KindMember)
	r.addMembers(members.Spec)
	var kinds []*kindRows
	for _, k := range reg.All() {
		if k.Name == schema.KindMember {
			continue
		}
		kinds = append(kinds, r.addKind(k))
	}
	r.addUncovered(reg.All())
	if err := runTerms(ctx, q, r.terms); err != nil {
		return schema.Cluster{}, err
	}
	return r.cluster(members, kinds), nil
}

// reading is one Read under way. Terms are added first; their take functions fill the rest.
type reading struct {
	layout layout
	terms  []term
	unseen []schema.Sighting
	// uncovered has what no kind reads, by the member's id.
	uncovered []schema.Uncovered
	clock     time.Time
	schema    int
	// names has the member names by node id, members what the tables of nodes say, by node id.
	names   map[string]string
	members map[string]*member
	// images has the members with a copy of each image, by fingerprint.
	images map[string][]string
	// threshold is the value of cluster.offline_threshold in seconds; empty for the server's default.
	threshold string
	password  schema.Secret
	stored    map[schema.StoredSecret]schema.Secret
}

func (r *reading) add(from string, take func(row []Cell), columns ...string) {
	r.terms = append(r.terms, term{columns: columns, from: from, take: take})
}

// lacks reports whether the table has not all these columns, and notes then that a field of the kind's objects was not
// read; what is that field in words.
func (r *reading) lacks(kind schema.KindName, field, what, table string, columns ...string) bool {
	missing := r.layout.missing(table, columns...)
	if missing != "" {
		r.unseen = append(r.unseen, schema.Sighting{What: schema.LookKind, Kind: kind, Field: field,
			Cause: "the database has no " + missing, Text: fmt.Sprintf("%s not read: the database has no %s", what, missing)})
	}
	return missing != ""
}

// addClock reads the schema's number and, when the caller gave no time, the time at the database's host.
func (r *reading) addClock() {
	if r.layout.missing("schema", "version") == "" {
		r.add(`schema`, func(row []Cell) { r.schema, _ = strconv.Atoi(row[0].String) }, // an integer column
			`MAX(version)`)
	}
	if r.clock.IsZero() {
		r.add(`(SELECT 1)`, func(row []Cell) { r.clock = parseTime(row[0].String) }, `strftime('%Y-%m-%d %H:%M:%f', 'now')`)
	}
}

func (r *reading) cluster(members schema.Kind, kinds []*kindRows) schema.Cluster {
	facts := schema.Facts{Schema: r.schema, Members: r.memberFacts(), Images: r.images, Unseen: r.unseen,
		Uncovered: r.uncoveredNow(), TrustPasswordHash: r.password, Stored: r.stored}
	objects := r.memberObjects(members.Spec)
	for i := range objects {
		objects[i] = withRefs(members, objects[i])
	}
	// A server that is not clustered has one row, "none" at 0.0.0.0 (lxd 5.0.2, lxd/db/cluster/schema.go).
	facts.Clustered = len(facts.Members) > 0
	for _, k := range kinds {
		objects = append(objects, k.folded()...)
	}
	return schema.NewCluster(facts, objects...)
}

// withRefs returns the object with what it refers to, as the kind finds it in an object of either side.
func withRefs(k schema.Kind, o schema.Object) schema.Object {
	o.Refs = k.Refs(o)
	return o
}

// timeForms are how go-sqlite3, dqlite and SQLite itself spell a time; all of them are UTC.
var timeForms = []string{
	"2006-01-02 15:04:05.999999999-07:00",
	"2006-01-02 15:04:05.999999999",
	time.RFC3339Nano,
}

// parseTime returns the zero time for a text in no known form.
func parseTime(text string) time.Time {
	for _, form := range timeForms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
