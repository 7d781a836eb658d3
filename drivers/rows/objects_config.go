package rows

import (
	"clusterctl/schema"
)

// addConfig adds the configuration. An empty value is none: LXD stores some and means nothing by them.
func (k *kindRows) addConfig(owner string) {
	t := k.kind.Tables
	node := "NULL"
	if t.ConfigByMember {
		node = "node_id"
	}
	if k.lacks("config", "configuration", t.Config, "key", "value") {
		return
	}
	k.add(name(t.Config)+" WHERE value != ''", func(row []Cell) {
		o := k.objects[row[0].String]
		if o == nil {
			return
		}
		key, value := row[2].String, row[3].String
		member, ok := k.names[row[1].String]
		switch {
		case ok:
			part := o.Members[member]
			part.Config = schema.With(part.Config, key, k.public(o.Ref, member, key, value))
			o.Members = schema.With(o.Members, member, part)
		case !row[1].Valid && k.keep(key, value):
			o.Config = schema.With(o.Config, key, k.public(o.Ref, "", key, value))
		}
	}, owner, node, "key", "value")
}

// keep reports whether a cluster-wide key is a setting. LXD stores server keys at their default when they are set to
// it, and does not show them (lxd 5.0.2, lxd/config/map.go Dump); the REST reader cannot see them either.
func (k *kindRows) keep(key, value string) bool {
	if k.kind.Lifecycle != schema.Singleton {
		return true
	}
	if key == "cluster.offline_threshold" {
		k.threshold = value
	}
	rule, _ := k.kind.Rule("", key)
	return value != rule.Default
}

// public returns what may be shown of a value. A secret is kept apart.
func (k *kindRows) public(ref schema.Ref, member, key, value string) string {
	switch rule, _ := k.kind.Rule("", key); {
	case !rule.Secret:
		return value
	case k.kind.Name == schema.KindServer && key == trustPasswordKey:
		k.password = schema.NewSecret(value)
	default:
		k.stored[schema.StoredSecret{Ref: ref, Member: member, Key: key}] = schema.NewSecret(value)
	}
	return schema.SecretIsSet
}

func (k *kindRows) addDevices() {
	t := k.kind.Tables
	if k.lacks("devices", "devices", t.Devices, "id", t.Owner, "name", "type") ||
		k.lacks("devices", "devices", t.DevicesConfig, t.DeviceOwner, "key", "value") {
		return
	}
	set := func(row []Cell, key, value string) {
		if o := k.objects[row[0].String]; o != nil {
			o.Devices = schema.With(o.Devices, row[1].String, schema.With(o.Devices[row[1].String], key, value))
		}
	}
	k.add(name(t.Devices), func(row []Cell) { set(row, "type", word(t.Enums["devices.type"], row[2].String)) },
		name(t.Owner), "name", "type")
	k.add(name(t.DevicesConfig)+" c JOIN "+name(t.Devices)+" d ON d.id = c."+name(t.DeviceOwner)+" WHERE c.value != ''",
		func(row []Cell) { set(row, row[2].String, row[3].String) }, "d."+name(t.Owner), "d.name", "c.key", "c.value")
}
