// Package emit is the way out: the nouns of package schema as YAML that the package preseed reads back, as documents
// for lxd init, as a commented export of a whole cluster.
//
// It writes YAML itself, in one form: block style, sorted keys, texts in double quotes wherever a parser could take
// them for something else. Equal clusters give equal bytes.
package emit
