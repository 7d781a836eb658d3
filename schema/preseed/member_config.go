package preseed

import (
	"reflect"

	"clusterctl/schema"
)

func reflectOf(pointer any) reflect.Value { return reflect.ValueOf(pointer).Elem() }

// listedKey is one entry of LXD's own spelling of member_config.
type listedKey struct {
	Entity string `yaml:"entity" validate:"required"`
	Name   string `yaml:"name" validate:"required"`
	Key    string `yaml:"key" validate:"required"`
	Value  string `yaml:"value"`
	// Description is printed by lxd init, for people.
	Description string `yaml:"description"`
}

// fillMemberConfig reads either spelling: LXD's list of {entity, name, key, value}, or
// {storage-pool: {NAME: {KEY: VALUE}}}.
func (f *filling) fillMemberConfig(path string, n *node, m *schema.MemberConfig) {
	if n.null {
		return
	}
	switch n.kind {
	case sequence:
		var list []listedKey
		f.fill(path, n, reflectOf(&list))
		for i, k := range list {
			*m = append(*m, schema.MemberKey{Entity: k.Entity, Name: k.Name, Key: k.Key, Value: k.Value, Pos: n.items[i].at})
		}
	case mapping:
		var nested map[string]map[string]map[string]string
		f.fill(path, n, reflectOf(&nested))
		for _, entity := range n.pairs {
			for _, name := range entity.value.pairs {
				for _, key := range name.value.pairs {
					value := nested[entity.key][name.key][key.key]
					*m = append(*m, schema.MemberKey{Entity: entity.key, Name: name.key, Key: key.key, Value: value, Pos: key.at})
				}
			}
		}
	default:
		f.wrongType(path, n, "a mapping or a list")
	}
}
