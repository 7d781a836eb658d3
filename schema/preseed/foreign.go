package preseed

// readOnlyKeys are printed by servers of some version beside what can be set (lxd init --preseed of LXD 3 and 4
// took them silently), with the reason why they are ignored.
var readOnlyKeys = map[string]string{
	"managed":      "every network in a preseed is a managed one",
	"status":       "the state of a member's part is found out, not set",
	"used_by":      "who uses an object is found out, not set",
	"locations":    "the members that have an object follow from members:",
	"url":          "the address of an object in the API is given",
	"message":      "the text of a member's status is found out, not set",
	"database":     "the database's roles are given out by the cluster",
	"architecture": "the architecture of a member is found out, not set",
}

// foreignKeys are keys of preseeds that LXD 5.0.2 has not, with who has them.
var foreignKeys = map[string]string{
	"storage_buckets": "storage buckets are not managed by this version of clusterctl",
	"network_peers":   "network peers are not managed by this version of clusterctl",
}

// ownerOfKey says who has a key that LXD 5.0.2 has not; empty when nobody is known to have it.
func ownerOfKey(key string) string { return foreignKeys[key] }
