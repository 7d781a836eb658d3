// Package preseed is the door through which YAML becomes the nouns of package schema: [Decode] turns files into a
// [schema.Preseed] and says everything that is wrong with them.
//
// The way of a line of YAML: parse (text to nodes with places), document (what each document is), fill (nodes into
// the struct of the kind's entry), claims (which of several places counts), check (what is wrong with the whole).
// Nothing above this package sees YAML.
//
// Like schema it is pure. Files that the input names come in as attachments.
package preseed
