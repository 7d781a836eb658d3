package schema_test

import (
	"testing"

	"clusterctl/schema"
)

func TestCanonicalJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                                   ``,
		`null`:                               ``,
		`no JSON`:                            ``,
		`true`:                               `true`,
		`false`:                              `false`,
		`[]`:                                 `[]`,
		` [ "b", "a" ] `:                     `["b","a"]`,
		`[{"b":"2","a":"1"}]`:                `[{"a":"1","b":"2"}]`,
		`[{"a":"","b":null,"c":[],"d":{}}]`:  `[]`,
		`[{"ttl":0,"type":"A"},{"ttl":300}]`: `[{"type":"A"},{"ttl":300}]`,
		`{"a":"<&>"}`:                        `{"a":"<&>"}`,
		`{"n":12345678901234567890}`:         `{"n":12345678901234567890}`,
	} {
		if got := schema.CanonicalJSON([]byte(text)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
