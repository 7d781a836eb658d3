// Package schema holds the nouns of clusterctl.
//
// Everything LXD manages is an [Object]: a [Ref], a [Body], one [Part] per member, a [State]. A preseed and
// a database both end in a [Cluster], a set of Objects plus [Facts]; from there on nobody knows where an
// Object came from. What a resource kind is (its YAML key, REST path, tables, key rules) is data, a [Spec]
// in the package schema/kinds, handed around in a [Registry]. YAML comes in through the package schema/preseed and goes
// out through schema/emit.
//
// The package is pure: it reads no file, clock, network or environment and takes no context. Whoever needs
// one of those brings the value in. Input problems are [Diagnostic] values with a position; all of them are
// collected before anybody is told.
package schema
