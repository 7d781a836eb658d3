package emit

import (
	"fmt"
	"maps"
	"slices"

	"clusterctl/schema"
)

// revealAll puts the secrets into their places, and takes out those whose place must stay empty: a placeholder would
// become the value.
func (e *initEncoder) revealAll(of string, texts map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		name, mark := schema.SecretName(texts[key])
		if !mark {
			continue
		}
		value, known := e.reveal(name)
		if texts[key] = value; !known {
			delete(texts, key)
			e.miss("%s %s, a secret", of, key)
		}
	}
}

// passwordKey is the key for a trust password or token. LXD has a key for the password up to 6.0, and takes a token
// there as well; Incus has tokens alone.
func (e *initEncoder) passwordKey() string {
	s := e.options.Server
	if s.Product == schema.Incus || s.Product == schema.LXD && s.AtLeast("6.1") || e.member.Password == "" {
		return "cluster_token"
	}
	return "cluster_password"
}

func (e *initEncoder) placeholderOr(secret string) string {
	if secret != "" {
		return e.secret(secret, e.passwordKey())
	}
	return e.placeholder("cluster_token", fmt.Sprintf("the token that %s cluster add %s prints on a member",
		e.options.Server.Product.Client(), e.member.Name))
}

func (e *initEncoder) reveal(name string) (string, bool) {
	if e.options.Secret == nil {
		return "", false
	}
	return e.options.Secret(name)
}

func (e *initEncoder) secret(name, where string) string {
	if value, ok := e.reveal(name); ok {
		return value
	}
	secret := e.want.Secrets[name]
	switch {
	case secret.Env != "":
		return e.placeholder(where, "the value of the environment variable "+secret.Env)
	case secret.File != "":
		return e.placeholder(where, "the content of the file "+secret.File)
	default:
		return e.placeholder(where, "the secret "+name)
	}
}

func (e *initEncoder) placeholder(where, what string) string {
	e.out.Placeholders = append(e.out.Placeholders, fmt.Sprintf("%s: %s", where, what))
	return "<" + what + ">"
}
