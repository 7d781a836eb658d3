package preseed

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"reflect"

	"clusterctl/schema"
)

// member makes the normal form of what is known of a member beside its object.
func (j *judge) member(m *memberDraft) schema.Member {
	out := schema.Member{Name: m.name, Pos: m.at}
	key := claimKey{ref: memberRef(m.name), part: "attrs", a: "address"}
	if _, said := j.claims.get(key); !said {
		j.assumeAddress(m.name)
	}
	address, _ := j.claims.get(key)
	out.Address = address.value
	entry := j.connectionOf(m)
	for _, source := range m.sources {
		out.Replaces = cmp.Or(out.Replaces, source.entry.Replaces)
	}
	out.Connection = entry.connection(out.Address)
	if h := out.Connection.HTTPS; h != nil {
		h.Password = j.memberSecret(m.name, "https_password", entry.HTTPS.Password)
		h.Token = j.memberSecret(m.name, "https_token", entry.HTTPS.Token)
	}
	if m.join != nil {
		j.joinData(&out, m.join)
	}
	return out
}

// connectionOf lays what the entries of a member say of its connection over the defaults. Two entries that say
// different things are a conflict.
func (j *judge) connectionOf(m *memberDraft) way {
	whole, from := way{}, schema.Position{}
	for _, source := range m.sources {
		next, at := way(source.entry.Connection), source.fill.where("connection")
		if whole.given() && next.given() && !reflect.DeepEqual(whole.connection(""), next.connection("")) {
			j.report.add(schema.SeverityError, at, schema.Mistake(schema.CodeConflict,
				"cannot reach "+m.name+" in two different ways", "The other one is in "+from.String()+".",
				"keep one of them"), from)
			continue
		}
		if next.given() {
			from = at
		}
		whole = whole.over(next)
	}
	for _, source := range j.defaults {
		whole = whole.over(way(source.entry.Connection))
	}
	return whole
}

// assumeAddress takes core.https_address of a member for its cluster address when nothing else is said, as LXD
// does, unless it is a wildcard.
func (j *judge) assumeAddress(name string) {
	server := schema.Ref{Kind: schema.KindServer, Name: schema.ServerName}
	c, said := j.claims.get(claimKey{ref: server, part: "members", a: name, b: "core.https_address"})
	if said && c.value != "" && !isWildcard(c.value) {
		j.claimAddress(name, c)
	}
}

// memberSecret keeps a secret of a member and returns its name; "" for none.
func (j *judge) memberSecret(member, key string, s schema.Secret) string {
	if s.IsZero() {
		return ""
	}
	name := "member/" + member + "/" + key
	j.keepSecret(name, key, s)
	return name
}

// joinData takes over how a member joins. LXD 5.0.2 takes a token where it takes the trust password.
func (j *judge) joinData(m *schema.Member, doc *document) {
	c := doc.cluster.entry
	secret := c.Password
	if !c.Token.IsZero() {
		secret = c.Token
	}
	m.Password = j.memberSecret(m.Name, "cluster_password", secret)
	m.CertificateFile = c.CertificatePath
	if c.Certificate != "" {
		m.Certificate = j.certificate(doc)
	}
}

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
			*m = append(*m, schema.MemberKey{Entity: k.Entity, Name: k.Name, Key: k.Key, Value: k.Value,
				Secret: f.secrets[pathOf(path, i)+".value"], Pos: n.items[i].at})
		}
	case mapping:
		var nested map[string]map[string]map[string]string
		f.fill(path, n, reflectOf(&nested))
		for _, entity := range n.pairs {
			for _, name := range entity.value.pairs {
				for _, key := range name.value.pairs {
					value := nested[entity.key][name.key][key.key]
					secret := f.secrets[join(join(join(path, entity.key), name.key), key.key)]
					*m = append(*m, schema.MemberKey{Entity: entity.key, Name: name.key, Key: key.key, Value: value,
						Secret: secret, Pos: key.at})
				}
			}
		}
	default:
		f.wrongType(path, n, "a mapping or a list")
	}
}

// joinToken is what a join token says (lxd 5.0.2, shared/api/cluster.go ClusterMemberJoinToken).
type joinToken struct {
	ServerName  string   `json:"server_name"`
	Fingerprint string   `json:"fingerprint"`
	Addresses   []string `json:"addresses"`
	Secret      string   `json:"secret"`
}

// readToken reads a join token: JSON in base64.
func readToken(text string) (joinToken, bool) {
	var token joinToken
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(data, &token) != nil {
		return joinToken{}, false
	}
	return token, token.Secret != "" && len(token.Addresses) > 0
}

// token returns what the token of a join document says. One that is given in clear and says nothing is reported.
func (j *judge) token(doc *document) (joinToken, bool) {
	text := doc.cluster.entry.Token.Reveal()
	token, ok := readToken(text)
	if text == "" || ok {
		return token, ok
	}
	j.report.errorAt(doc.cluster.fill.where("cluster_token"), schema.Mistake(schema.CodeToken,
		"cannot use cluster_token: it is no join token", "A join token is a JSON text in base64.",
		cmp.Or(placeholderHint(text), "run "+j.product.Client()+" cluster add for a new one, or leave it out: "+
			"clusterctl makes one by itself")))
	return token, false
}
