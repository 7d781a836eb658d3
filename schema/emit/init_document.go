package emit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"clusterctl/schema"
)

// InitOptions are what a document for lxd init needs beside the preseed.
type InitOptions struct {
	// Server is what runs on the member; the zero value means LXD 5.0.2.
	Server schema.Flavour
	// Entrance is the address of the member that a joiner asks, host:port; empty means the bootstrap member's.
	Entrance string
	// Certificate is the PEM of the cluster's certificate; empty: the preseed's, or else a placeholder.
	Certificate string
	// Secret returns the value to write for a secret, or ok false to write a placeholder in its place.
	Secret func(name string) (value string, ok bool)
}

// InitDocument is a document for `lxd init --preseed` on one member.
type InitDocument struct {
	Member string
	// Joins reports that it makes the server join, not bootstrap.
	Joins bool
	// Text is the YAML.
	Text []byte
	// Placeholders are sentences about what has to be filled in before lxd init takes the document.
	Placeholders []string
	// Missing are sentences about what the preseed says and lxd init has no key for.
	Missing []string
}

// EncodeInit writes what `lxd init --preseed` of that member is to be given: everything for the one that bootstraps,
// and for the others the section cluster alone, as lxd init ignores the rest of a document that joins (lxd 5.0.2,
// lxd/main_init.go). It fails when the preseed has no such member or removes it.
func EncodeInit(reg schema.Registry, want schema.Preseed, member string, o InitOptions) (InitDocument, error) {
	i := slices.IndexFunc(want.Members, func(m schema.Member) bool { return m.Name == member })
	object, declared := want.Want.Get(schema.Ref{Kind: schema.KindMember, Name: member})
	switch {
	case i < 0 || !declared:
		return InitDocument{}, fmt.Errorf("the preseed has no member %q", member)
	case object.State == schema.StateAbsent || object.State == schema.StateLost:
		return InitDocument{}, fmt.Errorf("the preseed removes member %q", member)
	}
	e := initEncoder{reg: reg, want: want, member: want.Members[i], options: o}
	e.out.Member, e.out.Joins = member, member != want.Bootstrap
	var top yamlMap
	if e.out.Joins {
		top = yamlMap{}.with("cluster", e.join())
	} else {
		top = e.bootstrap()
	}
	e.missing(object)
	var w yamlWriter
	w.pairs(top, "")
	e.out.Text = w.Bytes()
	return e.out, nil
}

type initEncoder struct {
	reg     schema.Registry
	want    schema.Preseed
	member  schema.Member
	options InitOptions
	out     InitDocument
}

func (e *initEncoder) bootstrap() yamlMap {
	top := yamlMap{}
	for _, kind := range e.reg.All() {
		if !kind.Init {
			continue
		}
		var list []any
		for _, o := range e.want.Want.OfKind(kind.Name) {
			switch {
			case kind.Lifecycle == schema.Singleton:
			case o.State == schema.StateAbsent:
			case o.Ref.Project != "" && o.Ref.Project != schema.DefaultProject && kind.Name == schema.KindProfile:
				e.miss("profile %s of project %s: %s init writes to the default project alone", o.Ref.Name, o.Ref.Project,
					e.options.Server.Product.Admin())
			default:
				list = append(list, encodeObject(kind, e.merged(o))...)
			}
		}
		if kind.Lifecycle == schema.Singleton {
			top = top.with(kind.Plural, e.serverConfig(kind))
			continue
		}
		top = top.with(kind.Plural, list)
	}
	return top.with("cluster", yamlMap{{"server_name", e.member.Name}, {"enabled", yamlPlain("true")}})
}

// merged returns the object with the member's own keys among the others: a server that is in no cluster has one
// configuration.
func (e *initEncoder) merged(o schema.Object) schema.Object {
	out := o.Clone()
	if part := o.Members[e.member.Name].Config; len(part) > 0 && out.Config == nil {
		out.Config = map[string]string{}
	}
	for key, value := range o.Members[e.member.Name].Config {
		if value != "" {
			out.Config[key] = value
		}
	}
	kind, _ := e.reg.Kind(o.Ref.Kind)
	e.supported(kind, o.Attrs[kind.Variant], e.reg.NameOf(o.Ref)+" ", out.Config)
	for what, texts := range out.Texts() {
		e.revealAll(e.reg.NameOf(o.Ref)+" "+what, texts)
	}
	return out
}

// supported takes out the keys that the servers have not: one of them is enough for lxd init to refuse the document.
func (e *initEncoder) supported(kind schema.Kind, variant, of string, config map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(config)) {
		if rule, _ := kind.Rule(variant, key); !rule.Servers.In(e.reg.Flavour()) {
			e.miss("%sconfig %s: %s has no such key", of, key, e.reg.Flavour().Title())
			delete(config, key)
		}
	}
}

// serverConfig is the cluster-wide configuration with the member's addresses and other own keys. Keys of the cluster
// itself break the request handler of a server that is in none (lxd 5.0.2, measured), and lxd init sets them before it
// makes one.
func (e *initEncoder) serverConfig(kind schema.Kind) yamlMap {
	server, _ := e.want.Want.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	out := map[string]string{"core.https_address": e.member.Address}
	maps.Copy(out, server.Config)
	for key, value := range server.Members[e.member.Name].Config {
		if value != "" {
			out[key] = value
		}
	}
	for _, key := range slices.Sorted(maps.Keys(out)) {
		if strings.HasPrefix(key, "cluster.") {
			e.miss("config %s: %s takes it from a server in a cluster only", key, e.options.Server.Product.Title())
			delete(out, key)
		}
	}
	e.supported(kind, "", "", out)
	if out["core.https_address"] != e.member.Address {
		out["cluster.https_address"] = e.member.Address
	}
	config := encodeConfig(kind, "", out) // without secrets
	for _, key := range slices.Sorted(maps.Keys(out)) {
		name, secret := schema.SecretName(out[key])
		if !secret {
			continue
		}
		if value, known := e.reveal(name); known {
			config = append(config, yamlPair{key, value})
		} else { // a placeholder would become the value
			e.miss("config %s, a secret", key)
		}
	}
	slices.SortFunc(config, func(a, b yamlPair) int { return strings.Compare(a.key, b.key) })
	return config
}

func (e *initEncoder) join() yamlMap {
	o := e.options
	entrance := o.Entrance
	for _, m := range e.want.Members {
		if entrance == "" && m.Name == e.want.Bootstrap {
			entrance = m.Address
		}
	}
	certificate := o.Certificate
	if certificate == "" {
		certificate = e.member.Certificate
	}
	if certificate == "" {
		certificate = e.placeholder("cluster_certificate", "cluster.crt of "+e.want.Bootstrap)
	}
	password := e.placeholderOr(e.member.Password)
	section := yamlMap{{"enabled", yamlPlain("true")}, {"server_name", e.member.Name}, {"server_address",
		e.member.Address}, {"cluster_address", entrance}, {"cluster_certificate", certificate}, {e.passwordKey(), password}}
	return section.with("member_config", e.memberConfig())
}

func (e *initEncoder) memberConfig() []any {
	var list []any
	for _, kind := range e.reg.Entities() {
		for _, o := range e.want.Want.OfKind(kind.Name) {
			if o.State == schema.StateAbsent || o.Ref.Project != "" && o.Ref.Project != schema.DefaultProject {
				continue
			}
			config := maps.Clone(o.Members[e.member.Name].Config)
			e.revealAll(e.reg.NameOf(o.Ref)+" config", config)
			for _, key := range slices.Sorted(maps.Keys(config)) {
				list = append(list, yamlMap{{"entity", kind.Entity()}, {"name", o.Ref.Name}, {"key", key}, {"value", config[key]}})
			}
		}
	}
	return list
}

// missing says what of the preseed the document cannot say.
func (e *initEncoder) missing(member schema.Object) {
	if local := e.localKeys(); e.out.Joins && len(local) > 0 {
		e.miss("config %s of the member: set it before the join, %s init ignores it in a document that joins",
			strings.Join(local, ", "), e.options.Server.Product.Admin())
	}
	for _, name := range slices.Sorted(maps.Keys(member.Attrs)) {
		if value := member.Attrs[name]; value != "" && name != "address" {
			e.miss("%s of the member", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(member.Lists)) {
		e.miss("%s of the member", name)
	}
	for _, key := range slices.Sorted(maps.Keys(member.Config)) {
		e.miss("config %s of the member", key)
	}
	for _, kind := range e.reg.All() {
		known := kind.Lifecycle == schema.Membership || kind.Lifecycle == schema.ReadOnly || kind.Init
		if objects := e.want.Want.OfKind(kind.Name); !known && len(objects) > 0 && !e.out.Joins {
			e.miss("%s", kind.Plural)
		}
	}
}

// localKeys are the member's own server keys that a join does not set.
func (e *initEncoder) localKeys() []string {
	server, _ := e.want.Want.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	config := server.Members[e.member.Name].Config
	return slices.DeleteFunc(slices.Sorted(maps.Keys(config)),
		func(key string) bool { return config[key] == "" || config[key] == e.member.Address })
}

func (e *initEncoder) miss(format string, args ...any) {
	e.out.Missing = append(e.out.Missing, fmt.Sprintf(format, args...))
}
