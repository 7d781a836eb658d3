// Package kinds describes each resource kind: its YAML entry and its tables are data, spec/KIND.jsonc, what people are
// told of it and an example a text, help/KIND.txt. Code are the checks of it as a whole in the daemon's own words, and
// what follows from other things that an entry says. Nothing else in the tree knows what a pool or a network is. [All]
// is the one list, with the code of each; a new kind is two files here and a name there.
//
// The rules for configuration keys are tables, keys/KIND.tsv: each says where it was read, and function keys how it is
// read.
//
// Decisions:
//   - 2026-11-23: the records of a network zone are objects by themselves, as in LXD's API. As an attribute of the zone
//     a change of one would have been a change of all.
//   - 2026-11-23: what members have under one name (volumes, forwards) is one object with parts, so that both readers and
//     the preseed speak of the same thing whatever members have it.
//   - 2026-11-23: whether an instance runs is what LXD has noted in volatile.last_state.power. REST would know better of
//     an instance that has crashed with its member, but then the two readers would not agree.
//   - 2026-11-23: a certificate is named by its fingerprint, which the entry does not say: files that entries name are
//     handed to [preseed.Decode] as attachments, since nothing here reads files.
package kinds
