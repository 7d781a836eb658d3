package kinds

import (
	"embed"
	"slices"
	"strings"
	"sync"

	"clusterctl/schema"
)

// texts has of each kind what it is, in spec/NAME.jsonc, and what it is for, in help/NAME.txt: a sentence, a line for
// each key of an entry that does not mean the same in every kind, and after "---" an example of an entry.
//
//go:embed help spec
var texts embed.FS

// All returns every kind that clusterctl knows.
func All() []schema.Kind { return slices.Clone(all()) }

// Registry returns the registry of [All].
func Registry() schema.Registry { return schema.NewRegistry(All()...) }

// all has the kinds with the code that cannot be data. It reads texts, and each table of keys, once.
var all = sync.OnceValue(readAll)

func readAll() []schema.Kind {
	return []schema.Kind{
		read("server", schema.Kind{Names: serverNames}, entry{complete: completeServer}),
		read("cluster_group", schema.Kind{Names: listed("members", schema.KindMember), Check: checkGroup}, entry{}),
		read("project", schema.Kind{Names: projectNames, Check: checkProject}, entry{}),
		read("storage_pool", schema.Kind{Check: checkPool}, entry{}),
		read("network", schema.Kind{Names: networkNames, Check: checkNetwork}, entry{complete: completeNetwork}),
		read("profile", schema.Kind{Names: profileNames, Check: checkProfile}, entry{}),
		read("member", schema.Kind{Form: memberForm(), Names: listed("groups", schema.KindGroup), Check: checkMember},
			entry{}),
		read("certificate", schema.Kind{Names: listed("projects", schema.KindProject), Finish: finishCertificate,
			Check: checkCertificate, Internal: func(o schema.Object) bool { return o.Attrs["type"] == "server" }},
			entry{complete: completeCertificate}),
		read("network_address_set", schema.Kind{},
			entry{lists: map[string]list{"addresses": newList(each(schema.ListForm))}}),
		read("network_integration", schema.Kind{}, entry{}),
		read("placement_group", schema.Kind{}, entry{}),
		withRows("instances", pooledRow, read("network_load_balancer_pool",
			schema.Kind{Names: balancerPoolNames, Finish: finishBalancerPool, Check: checkBalancerPool},
			entry{lists: map[string]list{"instances": newList(pooledForm)}, complete: trimmed})),
		read("network_load_balancer", schema.Kind{Names: balancerNames, Check: checkBalancer}, entry{
			lists:    map[string]list{"backends": newList(each(backendForm)), "ports": newList(each(balancerPortForm))},
			complete: completeListener}),
		withRows("permissions", permissionRow, read("auth_group",
			schema.Kind{Names: authGroupNames, Finish: finishAuthGroup, Check: checkAuthGroup},
			entry{lists: map[string]list{"permissions": newList(permissionForms)}})),
		read("identity_provider_group", schema.Kind{Names: listed("groups", "auth_group")}, entry{}),
		read("identity", schema.Kind{Names: listed("groups", "auth_group"), Finish: finishIdentity,
			Internal: func(o schema.Object) bool { return identityTypes[o.Attrs["type"]] == "" }},
			entry{complete: completeIdentity}),
		read("cluster_link", schema.Kind{}, entry{}),
		read("replicator", schema.Kind{}, entry{}),
		read("network_acl", schema.Kind{Names: aclNames},
			entry{lists: map[string]list{"ingress": newList(each(enabled)), "egress": newList(each(enabled))}}),
		read("network_zone", schema.Kind{}, entry{}),
		read("network_zone_record", schema.Kind{Check: checkRecord},
			entry{lists: map[string]list{"entries": newList(asIs[recordValue])}}),
		read("network_forward", schema.Kind{Check: checkForward},
			entry{lists: map[string]list{"ports": newList(each(forwardPortForm))}, complete: completeListener}),
		read("network_peer", schema.Kind{Names: peerNames, Check: checkPeer}, entry{complete: completePeer}),
		read("storage_volume", schema.Kind{Finish: finishVolume, Check: checkVolume}, entry{complete: completeVolume}),
		read("storage_bucket", schema.Kind{}, entry{}),
		read("storage_bucket_key", schema.Kind{Internal: isAdminKey, Check: checkBucketKey}, entry{}),
		read("image", schema.Kind{Check: checkImage}, entry{}),
		read("instance", schema.Kind{Names: instanceNames, Finish: finishInstance, Stored: storedInstance,
			Check: checkInstance}, entry{complete: completeInstance}),
	}
}

// withRows adds the SQL for rows of a list that are more than names, see [schema.Join].
func withRows(list string, text func(has func(table string) bool) string, k schema.Kind) schema.Kind {
	join := k.Tables.Joins[list]
	join.Text = text
	k.Tables.Joins[list] = join
	return k
}

// read adds to the code of a kind what it is, see [schema.Spec]: the fields of that, and beside them the names of the
// tables of keys and the keys of an entry, see entry.form. It panics on a mistake in our own files, which a test finds.
func read(name string, k schema.Kind, e entry) schema.Kind {
	var file struct {
		schema.Spec
		Keys, DeviceKeys string
		Entry            []string
	}
	text, _ := texts.ReadFile("spec/" + name + ".jsonc")
	schema.ReadData(name, text, &file)
	k.Spec = file.Spec
	if k.HasDevices {
		k.Tables.Enums = schema.With(k.Tables.Enums, "devices.type", deviceTypes())
	}
	if file.Keys != "" {
		k.Keys = keys(file.Keys)
	}
	if file.DeviceKeys != "" {
		k.DeviceKeys, k.Combinations = keys(file.DeviceKeys), combinations
	}
	if len(file.Entry) > 0 {
		k.Form = e.form(k.Spec, file.Entry)
	}
	k.Help, k.Fields, k.Example = help(name)
	return k
}

// help reads what a kind is for. Where there is none, the registry says so.
func help(name string) (sentence string, fields map[string]string, example string) {
	text, err := texts.ReadFile("help/" + name + ".txt")
	if err != nil {
		return "", nil, ""
	}
	head, example, _ := strings.Cut(string(text), "---\n")
	sentence, lines, _ := strings.Cut(head, "\n")
	fields = map[string]string{}
	for line := range strings.Lines(lines) {
		key, meaning, _ := strings.Cut(strings.TrimSpace(line), "\t")
		fields[key] = meaning
	}
	return sentence, fields, example
}
