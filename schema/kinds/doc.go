// Package kinds describes each resource kind in one file: its YAML entry, its tables, its key rules in the
// daemon's own words, and an example. Nothing else in the tree knows what a pool or a network is.
//
// The key rules were read from lxd 5.0.2 (lxd/storage/drivers, lxd/network, lxd/cluster/config, lxd/node,
// lxd/api_project.go). [All] is the one list; a new kind is a file here and a name there.
package kinds
