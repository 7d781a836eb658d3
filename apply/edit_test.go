package apply

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"

	"clusterctl/drivers"
	"clusterctl/plan"
)

const node2 = `{"server_name":"node2","roles":["database"],"failure_domain":"rack1","description":"old","groups":["default"],"config":{"user.a":"1","user.b":"2"}}`

func TestOverlay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ object, fields, want string }{
		"keys one by one":          {`{"config":{"a":"1","b":"2"}}`, `{"config":{"b":"3","c":"4"}}`, `{"config":{"a":"1","b":"3","c":"4"}}`},
		"an empty value removes":   {`{"config":{"a":"1","b":"2"}}`, `{"config":{"a":""}}`, `{"config":{"b":"2"}}`},
		"config that was null":     {`{"config":null}`, `{"config":{"a":"1"}}`, `{"config":{"a":"1"}}`},
		"a text replaces":          {`{"description":"old","config":{}}`, `{"description":""}`, `{"description":"","config":{}}`},
		"a list replaces":          {`{"groups":["default","a"]}`, `{"groups":["b"]}`, `{"groups":["b"]}`},
		"a device's keys":          {`{"devices":{"root":{"type":"disk","pool":"x","size":"1GiB"}}}`, `{"devices":{"root":{"pool":"y","size":""}}}`, `{"devices":{"root":{"type":"disk","pool":"y"}}}`},
		"a new device":             {`{"devices":{}}`, `{"devices":{"eth0":{"type":"nic"}}}`, `{"devices":{"eth0":{"type":"nic"}}}`},
		"a null device goes":       {`{"devices":{"eth0":{"type":"nic"},"root":{"type":"disk"}}}`, `{"devices":{"eth0":null}}`, `{"devices":{"root":{"type":"disk"}}}`},
		"a member keeps the rest":  {node2, `{"description":"new"}`, `{"server_name":"node2","roles":["database"],"failure_domain":"rack1","description":"new","groups":["default"],"config":{"user.a":"1","user.b":"2"}}`},
		"no field changes nothing": {node2, `{}`, node2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			object, fields, want := decode(t, test.object), decode(t, test.fields), decode(t, test.want)
			if got := overlay(object, fields); !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			if !reflect.DeepEqual(object, decode(t, test.object)) {
				t.Errorf("the object was written into: %v", object)
			}
		})
	}
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEditStartsAnewWhenSomebodyElseWasFaster(t *testing.T) {
	t.Parallel()
	const path = "/1.0/cluster/members/node2"
	changed := fails(drivers.Precondition, "ETag doesn't match")
	const taken = `failed to notify peer: ("dnsmasq: failed to create listening socket for 10.0.0.1: Address already in use")`
	early := fails(drivers.Internal, taken)
	tests := map[string]struct {
		put  answer
		puts int
		want string
	}{
		"at once":     {says("{}"), 1, ""},
		"third time":  {inTurn(changed, changed, says("{}")), 3, ""},
		"never":       {changed, 5, "Do it: PUT " + path + ": ETag doesn't match"},
		"too early":   {inTurn(early, early, says("{}")), 3, ""},
		"in use":      {early, 5, "Do it: PUT " + path + ": " + taken},
		"other error": {fails(drivers.Invalid, "no"), 1, "Do it: PUT " + path + ": no"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world := &fake{script: map[string]answer{"* GET " + path: says(node2), "* PUT " + path: test.put}}
				_, err := runOne(t.Context(), &Engine{Backend: world}, requestStep(plan.OpEdit, "PUT", path, `{"description":"new"}`))
				puts := 0
				for _, c := range world.calls {
					if c == "* PUT "+path {
						puts++
					}
				}
				if errorOf(err) != test.want || puts != test.puts {
					t.Errorf("got %v after %d puts, want %q after %d", err, puts, test.want, test.puts)
				}
			})
		})
	}
}

func TestEditSendsTheTagOfWhatItRead(t *testing.T) {
	t.Parallel()
	const path = "/1.0/profiles/p"
	var tag string
	put := func(c drivers.Call) { tag = c.ETag }
	world := &fake{script: map[string]answer{"* GET " + path: says(`{"config":{}}`), "* PUT " + path: spied(put, says("{}"))}}
	if _, err := runOne(t.Context(), &Engine{Backend: world}, requestStep(plan.OpEdit, "PUT", path, `{"config":{"a":"1"}}`)); err != nil || tag != "tag" {
		t.Errorf("got %v and tag %q", err, tag)
	}
}

func TestEditLeavesAloneWhatIsRightAlready(t *testing.T) {
	t.Parallel()
	const path = "/1.0/cluster/members/node2"
	world := &fake{script: map[string]answer{"* GET " + path: says(node2)}}
	body := `{"groups":["default"],"config":{"user.a":"1","user.c":""}}`
	_, err := runOne(t.Context(), &Engine{Backend: world}, requestStep(plan.OpEdit, "PUT", path, body))
	if want := []string{"* GET " + path}; err != nil || !slices.Equal(world.calls, want) {
		t.Errorf("got %v and calls %q", err, world.calls)
	}
}
