package layout

import (
	"encoding/json"
	"strings"

	"clusterctl/schema"
)

// document is the list of keys that the server has at /1.0/metadata/configuration; nil where it has none.
func (s Server) document() []byte {
	if !s.Has("metadata_configuration") {
		return nil
	}
	configs := map[string]map[string]map[string][]map[string]map[string]string{}
	for _, c := range Table(text(string(s.Product) + ".keys")) {
		if c[6] != "" && !strings.Contains(" "+c[6]+" ", " "+s.Version+" ") {
			continue
		}
		entity, section, key := c[0], c[1], c[2]
		if configs[entity] == nil {
			configs[entity] = map[string]map[string][]map[string]map[string]string{}
		}
		if configs[entity][section] == nil {
			configs[entity][section] = map[string][]map[string]map[string]string{}
		}
		said := map[string]string{"type": c[3], "scope": c[4], "defaultdesc": c[5]}
		configs[entity][section]["keys"] = append(configs[entity][section]["keys"], map[string]map[string]string{key: said})
	}
	raw, _ := json.Marshal(map[string]any{"configs": configs}) // plain data always marshals
	return raw
}

// list is a document and its keys, by kind.
type list struct {
	document []byte
	keys     map[schema.KindName]schema.Spec
}

func (s Server) list() list {
	out := list{s.document(), map[schema.KindName]schema.Spec{}}
	if out.document == nil {
		return out
	}
	said, err := schema.ReadMetadata(out.document)
	if err != nil {
		panic(err) // our own table
	}
	for kind, rules := range said.Keys {
		keys := schema.NewKeys(rules...)
		out.keys[kind] = schema.Spec{Keys: func() *schema.Keys { return keys }}
	}
	return out
}

// Document is its list of keys, nil where it has none.
func (s Server) Document() []byte { return s.lists().document }

// Lists reports whether the server's own list of keys has one for a kind, and for a variant of it where there are any.
func (s Server) Lists(kind schema.KindName, variant, key string) (rule schema.KeyRule, ok bool) {
	rule, ok = s.lists().keys[kind].Rule(variant, key)
	return rule, ok && !rule.Volatile
}
