package plan

import (
	"clusterctl/schema"
)

// losses say what a call takes from an object beside what it changes: fields that become empty when the call does not
// send them, "config" where all keys that it does not send go. What is in no row keeps everything (recorded on LXD
// 5.0.2, 5.21.7, 6.9, Incus 6.0.4, 7.0.2 and 7.5.1; of networks on Incus alone).
//
// Changes are therefore edits: the whole object is read, laid over and put back with If-Match. The one PATCH beside
// that of the servers' configuration is that of a member's keys of a pool or network, for which a PUT is worse.
var losses = []struct {
	method string
	target bool
	kind   schema.KindName
	on     schema.Versions // those of a product that is not named are all
	fields []string
}{
	{"PATCH", false, schema.KindProject, schema.Versions{schema.LXD: {{Until: "5.20"}}}, []string{"config"}},
	{"PATCH", false, "network_acl", nil, []string{"description", "ingress", "egress"}},
	{"PATCH", false, "network_zone", nil, []string{"description"}},
	{"PATCH", true, schema.KindVolume, nil, []string{"description"}},
	{"PATCH", false, schema.KindStoragePool, nil, []string{"description"}},
	{"PATCH", true, schema.KindStoragePool, nil, []string{"description"}},
	{"PATCH", false, schema.KindNetwork, nil, []string{"description"}},
	{"PATCH", true, schema.KindNetwork, nil, []string{"description"}},
	{"PATCH", false, schema.KindMember, nil, []string{"description", "failure_domain", "groups", "roles"}},
	// It takes the cluster's keys, not only the member's; with a forward there LXD 6.9 ends over it.
	{"PUT", true, schema.KindNetwork, nil, []string{"config", "description"}},
}

// Loses returns what a call about an object of that kind takes away where it does not send it; target reports a call
// for one member.
func Loses(method string, target bool, kind schema.KindName, on schema.Flavour) []string {
	for _, l := range losses {
		if l.method == method && l.target == target && l.kind == kind && l.on.In(on) {
			return l.fields
		}
	}
	return nil
}
