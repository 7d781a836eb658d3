package session

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/schema"
)

// outsideKeys say of configuration keys, by their beginnings, what only the machine or the network itself can tell.
var outsideKeys = []struct {
	kind      schema.KindName // empty for all, where the key itself is what is named
	key, what string
}{
	{key: "raw."},
	{kind: schema.KindStoragePool, key: "source", what: "devices and paths on the members"},
	{kind: schema.KindStoragePool, key: "size", what: "free space"},
	{kind: schema.KindStoragePool, key: "lvm.", what: "devices and paths on the members"},
	{kind: schema.KindStoragePool, key: "zfs.", what: "devices and paths on the members"},
	{kind: schema.KindStoragePool, key: "ceph", what: "the Ceph cluster"},
	{kind: schema.KindNetwork, key: "parent", what: "interfaces of the members"},
	{kind: schema.KindNetwork, key: "bridge.external_interfaces", what: "interfaces of the members"},
	{kind: schema.KindNetwork, key: "bridge.driver", what: "what is installed on the members"},
	{kind: schema.KindNetwork, key: "tunnel.", what: "the network outside"},
	{kind: schema.KindNetwork, key: "network", what: "OVN"},
	{kind: schema.KindServer, key: "core.proxy_", what: "the network outside"},
	{kind: schema.KindServer, key: "network.ovn.", what: "OVN"},
}

// wantsMinIO are the words of a failure for want of a program that no copy has.
const wantsMinIO = "find the MinIO client tool"

// secretValues are what a rehearsal does not ask for.
const secretValues = "the values of secrets"

// hasSecrets reports a request with a secret in it.
func hasSecrets(step plan.Step) bool {
	return step.Op.Request != nil && bytes.Contains(step.Op.Request.Body,
		[]byte(strings.TrimSuffix(schema.SecretMark(""), "}")))
}

// outside names what a step depends on that no database has.
func outside(step plan.Step) (out []string) {
	add := func(what string) {
		if !slices.Contains(out, what) {
			out = append(out, what)
		}
	}
	switch step.Op.Kind {
	case plan.OpPull:
		add("images to be downloaded")
	case plan.OpUpload:
		add("space for images")
	}
	if hasSecrets(step) {
		add(secretValues)
	}
	for _, key := range keysOf(step.Op) {
		for _, o := range outsideKeys {
			ofKind := o.kind == step.Cause.Kind || step.Op.Join != nil && o.kind != schema.KindServer
			switch {
			case !strings.HasPrefix(key, o.key):
			case o.kind == "":
				add(key)
			case ofKind:
				add(o.what)
			}
		}
	}
	if r := step.Op.Request; step.Cause.Kind == schema.KindInstance && r != nil && strings.HasSuffix(r.Path, "/state") {
		add("whether instances start and stop")
	}
	return out
}

// keysOf are the keys with a value that a step sends.
func keysOf(op plan.Op) (keys []string) {
	switch {
	case op.Request != nil:
		return keysIn(op.Request.Body)
	case op.Join != nil:
		for _, k := range op.Join.MemberConfig {
			if k.Value != "" {
				keys = append(keys, k.Key)
			}
		}
	}
	return keys
}

// keysIn are the keys with a value of all objects in a JSON text.
func keysIn(body json.RawMessage) []string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return nil
	}
	var keys []string
	var walk func(any)
	walk = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for key, inner := range value {
				if inner != "" && inner != nil {
					keys = append(keys, key)
				}
				walk(inner)
			}
		case []any:
			for _, inner := range value {
				walk(inner)
			}
		}
	}
	walk(value)
	slices.Sort(keys)
	return keys
}
