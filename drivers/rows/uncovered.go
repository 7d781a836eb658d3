package rows

import (
	"slices"
	"strconv"

	"clusterctl/schema"
)

// ofMembers are tables with a node_id that hold no objects: what members are in, do and have copies of.
var ofMembers = []string{"images_nodes", "nodes_cluster_groups", "nodes_config", "nodes_roles", "operations",
	"warnings"}

// addUncovered counts the rows of the tables about members or pools that no kind reads: what they hold is nothing that
// clusterctl knows, and goes with its member or pool all the same.
func (r *reading) addUncovered(kinds []schema.Kind) {
	covered := map[string]bool{"": true}
	for _, table := range ofMembers {
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
	}
	for _, table := range sortedTables(r.layout) {
		member, ofMember := "NULL", r.layout[table]["node_id"]
		if ofMember {
			member = "node_id"
		}
		if covered[table] || !ofMember && !r.layout[table]["storage_pool_id"] {
			continue
		}
		take := func(row []Cell) {
			rows, _ := strconv.Atoi(row[1].String) // a COUNT
			r.uncovered = append(r.uncovered, schema.Uncovered{Table: table, Member: row[0].String, Rows: rows})
		}
		r.add(`(SELECT `+member+` AS member, COUNT(*) AS rows FROM `+name(table)+` GROUP BY 1) o`, take, `o.member`, `o.rows`)
	}
}

func sortedTables(l layout) []string {
	var out []string
	for table := range l {
		out = append(out, table)
	}
	slices.Sort(out)
	return out
}

// uncoveredNow are the counts with the members' names.
func (r *reading) uncoveredNow() []schema.Uncovered {
	for i, u := range r.uncovered {
		r.uncovered[i].Member = r.names[u.Member]
	}
	return r.uncovered
}
