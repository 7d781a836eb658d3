package preseed

import (
	"testing"

	"clusterctl/schema"
)

func TestHideSecrets(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		`  core.trust_password: sekret`:                       `  core.trust_password: ***`,
		`  core.trust_pasword: sekret`:                        `  core.trust_pasword: ***`,
		`config: {core.trust_password: "a b", user.x: y}`:     `config: {core.trust_password: ***`,
		`  cluster_password: {env: LXD_PASSWORD}`:             `  cluster_password: {env: LXD_PASSWORD}`,
		`  https: {password: {env: A}, token: abc}`:           `  https: {password: {env: A}, token: ***`,
		`  core.trust_password: {clear: sekret}`:              `  core.trust_password: ***`,
		`  maas.api.key: abc`:                                 `  maas.api.key: ***`,
		`  connection: ssh://root:sekret@10.0.0.1`:            `  connection: ssh://root:***@10.0.0.1`,
		`  cluster.join_token_expiry: 3H`:                     `  cluster.join_token_expiry: 3H`,
		`  - {entity: storage-pool, key: size, value: 10GiB}`: `  - {entity: storage-pool, key: size, value: 10GiB}`,
	} {
		if got := hideSecrets(line); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func TestValueFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind  schema.ValueType
		value string
		ok    bool
	}{
		{schema.Size, "10GiB", true}, {schema.Size, "10 bytes", true}, {schema.Size, "0", true}, {schema.Size, "10gib", false}, {schema.Size, "20%", false}, {schema.Size, "1.5GiB", false},
		{schema.Bool, "yes", true}, {schema.Bool, "On", true}, {schema.Bool, "y", false},
		{schema.Int, "-1", true}, {schema.Int, "1e3", false},
		{schema.Address, ":8443", true}, {schema.Address, "[::]:8443", true}, {schema.Address, "10.0.0.1", true}, {schema.Address, "fd42::1", true},
		{schema.Address, "rest.example.net:8443", true}, {schema.Address, "a b:1", false}, {schema.Address, "10.0.0.1:0", false}, {schema.Address, "10.0.0:8443", false},
		{schema.Bool, "", true}, {schema.Size, schema.SecretMark("x"), true},
	} {
		if fault := valueFault(schema.KeyRule{Type: c.kind}, c.value); (fault == "") != c.ok {
			t.Errorf("%v %q: got %q, want it right: %t", c.kind, c.value, fault, c.ok)
		}
	}
}
