package rows

import (
	"strconv"
	"strings"

	"clusterctl/schema"
)

// machinery are tables that hold no objects beside those of kinds: what members are in, do and have copies of, and what
// the database keeps for itself.
var machinery = []string{"images_nodes", "nodes", "nodes_cluster_groups", "nodes_config", "nodes_failure_domains",
	"nodes_roles", "operations", "sqlite_sequence", "warnings"}

// addUncovered counts the rows of the tables of named things, and of things of members or pools, that no kind reads:
// nobody could declare them. What has a member or pool goes with it all the same.
func (r *reading) addUncovered(kinds []schema.Kind) {
	covered := map[string]bool{"": true}
	for _, table := range machinery {
		covered[table] = true
	}
	for _, k := range kinds {
		t := r.tables(k.Tables)
		for _, table := range []string{t.Table, t.Config, t.Parts, t.Devices, t.DevicesConfig} {
			covered[table] = true
		}
		for _, join := range t.Joins {
			covered[join.Table] = true
		}
		for _, link := range t.Links {
			covered[link.Table] = true
		}
	}
	within := "-" // the table counted last
	for _, table := range schema.SortedKeys(r.layout) {
		columns, member := r.layout[table], "NULL"
		if columns["node_id"] {
			member = "node_id"
		}
		held := columns["node_id"] || columns["storage_pool_id"]
		if covered[table] || !held && (!columns["name"] || strings.HasPrefix(table, within+"_")) {
			continue
		}
		within = table
		take := func(row []Cell) {
			rows, _ := strconv.Atoi(row[1].String) // a COUNT
			r.uncovered = append(r.uncovered, schema.Uncovered{Table: table, Member: row[0].String, Rows: rows})
		}
		r.add(`(SELECT `+member+` AS member, COUNT(*) AS rows FROM `+name(table)+` GROUP BY 1) o`, take, `o.member`, `o.rows`)
	}
}

// uncoveredNow are the counts with the members' names.
func (r *reading) uncoveredNow() []schema.Uncovered {
	for i, u := range r.uncovered {
		r.uncovered[i].Member = r.names[u.Member]
	}
	return r.uncovered
}
