package schema

import "testing"

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

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	keys := []string{"address", "connection", "description", "failure_domain", "groups"}
	for given, want := range map[string]string{
		"addrss":     "did you mean address?",
		"connextion": "did you mean connection?",
		"gruops":     "did you mean groups?",
		"completely": "use one of: address, connection, description, failure_domain, groups",
	} {
		if got := DidYouMean(given, keys); got != want {
			t.Errorf("%s: got %q, want %q", given, got, want)
		}
	}
	if got := editDistance("ab", "ba"); got != 1 {
		t.Errorf("two letters swapped: got %d, want 1", got)
	}
}

func TestValueFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind  ValueType
		value string
		ok    bool
	}{
		{Size, "10GiB", true}, {Size, "10 bytes", true}, {Size, "0", true}, {Size, "10gib", false}, {Size, "20%", false}, {Size, "1.5GiB", false},
		{Bool, "yes", true}, {Bool, "On", true}, {Bool, "y", false},
		{Int, "-1", true}, {Int, "1e3", false},
		{Address, ":8443", true}, {Address, "[::]:8443", true}, {Address, "10.0.0.1", true}, {Address, "fd42::1", true},
		{Address, "rest.example.net:8443", true}, {Address, "a b:1", false}, {Address, "10.0.0.1:0", false}, {Address, "10.0.0:8443", false},
		{Bool, "", true}, {Size, SecretMark("x"), true},
	} {
		if fault := valueFault(KeyRule{Type: c.kind}, c.value); (fault == "") != c.ok {
			t.Errorf("%v %q: got %q, want it right: %t", c.kind, c.value, fault, c.ok)
		}
	}
}
