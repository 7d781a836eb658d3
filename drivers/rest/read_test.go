package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/schema"
)

// apiFunc answers calls.
type apiFunc func(drivers.Call) (drivers.Reply, error)

func (f apiFunc) Do(_ context.Context, c drivers.Call) (drivers.Reply, error) { return f(c) }

// registry has a kind of each lifecycle.
func registry() schema.Registry {
	spec := func(s schema.Spec) schema.Kind {
		s.Title, s.Plural, s.Help = string(s.Name), string(s.Name)+"s", "x"
		return schema.Kind{Spec: s}
	}
	description := []schema.Attr{{Name: "description"}}
	rules := func(rules ...schema.KeyRule) func() *schema.Keys {
		return func() *schema.Keys { return schema.NewKeys(rules...) }
	}
	local := schema.KeyRule{Key: "size", Where: schema.OnMember}
	profile := spec(schema.Spec{Name: "profile", Scope: schema.ScopeProject, Feature: "features.profiles", Lifecycle: schema.Simple, Path: "/1.0/profiles", Attrs: description, HasDevices: true})
	return schema.NewRegistry(
		spec(schema.Spec{Name: "server", Scope: schema.ScopeCluster, Lifecycle: schema.Singleton, Path: "/1.0", Keys: rules(
			schema.KeyRule{Key: "core.https_address", Where: schema.OnMember}, schema.KeyRule{Key: "core.trust_password", Secret: true})}),
		spec(schema.Spec{Name: "cluster_group", Scope: schema.ScopeCluster, Lifecycle: schema.Simple, Path: "/1.0/cluster/groups", Attrs: description, Builtin: []string{"default"}}),
		spec(schema.Spec{Name: "project", Scope: schema.ScopeCluster, Lifecycle: schema.Simple, Path: "/1.0/projects", Attrs: description}),
		spec(schema.Spec{Name: "pool", Scope: schema.ScopeCluster, Lifecycle: schema.Pending, Path: "/1.0/storage-pools", Attrs: append(description, schema.Attr{Name: "driver"}), Keys: rules(local)}),
		spec(schema.Spec{Name: "network", Scope: schema.ScopeProject, Feature: "features.networks", Lifecycle: schema.Pending, Path: "/1.0/networks", Attrs: []schema.Attr{{Name: "type"}}}),
		profile,
		spec(schema.Spec{Name: "member", Scope: schema.ScopeCluster, Lifecycle: schema.Membership, Path: "/1.0/cluster/members", Attrs: append(description, schema.Attr{Name: "address"}, schema.Attr{Name: "failure_domain"}), Lists: []string{"groups"}}),
	)
}

// fake answers GET calls from a table of "PATH?QUERY" to metadata. A text that begins with ! is a lost connection,
// one that begins with ? a refusal.
func fake(t *testing.T, answers map[string]string) drivers.API {
	return apiFunc(func(c drivers.Call) (drivers.Reply, error) {
		query := url.Values{}
		for k, v := range c.Query {
			query.Set(k, v)
		}
		key := c.Path
		if len(query) > 0 {
			key += "?" + query.Encode()
		}
		metadata, ok := answers[key]
		switch {
		case c.Method != http.MethodGet || !ok:
			t.Errorf("unexpected call %s %s", c.Method, key)
			return drivers.Reply{}, &drivers.Error{Kind: drivers.NotFound, Op: "GET " + key, Err: errors.New("not found")}
		case strings.HasPrefix(metadata, "?"):
			kind := map[bool]drivers.Kind{true: drivers.NotFound, false: drivers.Invalid}[metadata == "?not found"]
			return drivers.Reply{}, &drivers.Error{Kind: kind, Op: "GET " + key, Err: errors.New(metadata[1:])}
		case strings.HasPrefix(metadata, "!"):
			return drivers.Reply{}, &drivers.Error{Kind: drivers.Unreachable, Op: "GET " + key, Member: "m1", Err: errors.New(metadata[1:])}
		}
		return drivers.Reply{Status: 200, Metadata: json.RawMessage(metadata)}, nil
	})
}

const projects = `[{"name":"default","description":"Default LXD project","config":{"features.profiles":"true","features.networks":"true"},"used_by":["x"]},
	{"name":"web","description":"","config":{"features.profiles":"true"},"used_by":[]}]`

func clusterAnswers() map[string]string {
	return map[string]string{
		"/1.0": `{"auth":"trusted","api_extensions":["a","b"],"config":{"core.https_address":":8443","core.trust_password":true,"user.x":"1","user.empty":""},
			"environment":{"server":"lxd","server_version":"5.0.2","server_name":"m1","server_clustered":true,"certificate":"PEM"}}`,
		"/1.0/cluster/members?recursion=1": `[
			{"server_name":"m1","url":"https://10.0.0.1:8443","failure_domain":"default","groups":["gpu","default"],"roles":["database-leader","database"],"status":"Online","architecture":"x86_64","config":{"user.a":"b"}},
			{"server_name":"m2","url":"https://10.0.0.2:8443","failure_domain":"rack2","groups":["default"],"roles":["database-standby"],"status":"Evacuated"},
			{"server_name":"m3","url":"https://10.0.0.3:8443","failure_domain":"default","groups":["default"],"roles":[],"status":"Offline"}]`,
		"/1.0/cluster/groups?recursion=1":              `[{"name":"default","description":"Default cluster group","members":["m1"]},{"name":"gpu","description":"","members":[]}]`,
		"/1.0/projects?recursion=1":                    projects,
		"/1.0/storage-pools?recursion=1":               `[{"name":"fast","driver":"zfs","description":"","config":{"volume.size":"1GiB","empty":""},"status":"Errored","locations":["m2","m1","m3"],"used_by":["y"]}]`,
		"/1.0/storage-pools/fast?target=m1":            `{"name":"fast","driver":"zfs","config":{"volume.size":"1GiB","size":"5GiB"},"status":"Created"}`,
		"/1.0/storage-pools/fast?target=m2":            `{"name":"fast","driver":"zfs","config":{"volume.size":"1GiB","source":""},"status":"Pending"}`,
		"/1.0/networks?project=default&recursion=1":    `[{"name":"eth0","type":"physical","managed":false},{"name":"br0","type":"bridge","managed":true,"status":"Created","locations":["m1"],"config":{"ipv4.nat":"true"}}]`,
		"/1.0/networks/br0?project=default&target=m1":  `{"name":"br0","type":"bridge","status":"Unavailable","config":{"ipv4.nat":"true","parent":"eth1"}}`,
		"/1.0/profiles?project=default&recursion=1":    `[{"name":"default","description":"Default LXD profile","config":{},"devices":{"root":{"type":"disk","pool":"fast","size":""}},"used_by":[]}]`,
		"/1.0/profiles?project=web&recursion=1":        `[{"name":"default","description":"","config":{"limits.cpu":"2"},"devices":{}}]`,
		"/1.0/instances?all-projects=true&recursion=1": `[{"name":"c1","location":"m1","config":{},"devices":{}},{"name":"c2","location":"m1"}]`,
	}
}

func TestReadCluster(t *testing.T) {
	t.Parallel()
	got, err := rest.Read(t.Context(), fake(t, clusterAnswers()), registry(), false)
	if err != nil {
		t.Fatal(err)
	}
	created := schema.StateCreated
	text := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	member := func(address, domain string, groups ...string) schema.Body {
		return schema.Body{Attrs: text("address", address, "failure_domain", domain), Lists: map[string][]string{"groups": groups}}
	}
	m1 := member("10.0.0.1:8443", "default", "default", "gpu")
	m1.Config = text("user.a", "b")
	want := []schema.Object{
		{Ref: schema.Ref{Kind: "cluster_group", Name: "default"}, State: created, Body: schema.Body{Attrs: text("description", "Default cluster group")}},
		{Ref: schema.Ref{Kind: "cluster_group", Name: "gpu"}, State: created},
		{Ref: schema.Ref{Kind: "member", Name: "m1"}, State: created, Body: m1},
		{Ref: schema.Ref{Kind: "member", Name: "m2"}, State: schema.StateEvacuated, Body: member("10.0.0.2:8443", "rack2", "default")},
		{Ref: schema.Ref{Kind: "member", Name: "m3"}, State: created, Body: member("10.0.0.3:8443", "default", "default")},
		{Ref: schema.Ref{Kind: "network", Project: "default", Name: "br0"}, State: created,
			Refs:    []schema.Ref{{Kind: "project", Name: "default"}},
			Body:    schema.Body{Attrs: text("type", "bridge"), Config: text("ipv4.nat", "true")},
			Members: map[string]schema.Part{"m1": {State: created, Config: text("parent", "eth1")}}},
		{Ref: schema.Ref{Kind: "pool", Name: "fast"}, State: schema.StateErrored,
			Body: schema.Body{Attrs: text("driver", "zfs"), Config: text("volume.size", "1GiB")},
			Members: map[string]schema.Part{"m1": {State: created, Config: text("size", "5GiB")},
				"m2": {State: schema.StatePending}, "m3": {State: schema.StateUnknown}}},
		{Ref: schema.Ref{Kind: "profile", Project: "default", Name: "default"}, State: created,
			Body: schema.Body{Attrs: text("description", "Default LXD profile"), Devices: map[string]map[string]string{"root": text("type", "disk", "pool", "fast")}},
			Refs: []schema.Ref{{Kind: "project", Name: "default"}}},
		{Ref: schema.Ref{Kind: "profile", Project: "web", Name: "default"}, State: created, Body: schema.Body{Config: text("limits.cpu", "2")},
			Refs: []schema.Ref{{Kind: "project", Name: "web"}}},
		{Ref: schema.Ref{Kind: "project", Name: "default"}, State: created, Body: schema.Body{Attrs: text("description", "Default LXD project"),
			Config: text("features.profiles", "true", "features.networks", "true")}},
		{Ref: schema.Ref{Kind: "project", Name: "web"}, State: created, Body: schema.Body{Config: text("features.profiles", "true")}},
		{Ref: schema.Ref{Kind: "server", Name: "config"}, State: created, Body: schema.Body{Config: text("core.trust_password", schema.SecretIsSet, "user.x", "1")}},
	}
	if diff := cmp.Diff(want, got.Objects()); diff != "" {
		t.Error(diff)
	}
}

func TestReadClusterFacts(t *testing.T) {
	t.Parallel()
	answers := clusterAnswers()
	answers["/1.0/storage-pools/fast?target=m2"] = "!no route to host" // it has just died, and is not asked for more
	answers["/1.0/storage-pools?recursion=1"] = `[{"name":"fast","status":"Created","locations":["m1","m2"]},{"name":"more","status":"Created","locations":["m2"]}]`
	got, err := rest.Read(t.Context(), fake(t, answers), registry(), false)
	if err != nil {
		t.Fatal(err)
	}
	more, _ := got.Get(schema.Ref{Kind: "pool", Name: "more"})
	if diff := cmp.Diff(map[string]schema.Part{"m2": {State: schema.StateUnknown}}, more.Members); diff != "" {
		t.Error(diff)
	}
	f := got.Facts
	want := map[string]schema.MemberFacts{
		"m1": {Address: "10.0.0.1:8443", State: schema.StateCreated, Role: schema.Voter, Online: true, Architecture: "x86_64", Instances: 2},
		"m2": {Address: "10.0.0.2:8443", State: schema.StateEvacuated, Role: schema.StandBy, Online: true},
		"m3": {Address: "10.0.0.3:8443", State: schema.StateCreated, Role: schema.Spare},
	}
	if diff := cmp.Diff(want, f.Members); diff != "" {
		t.Error(diff)
	}
	if f.Leader != "m1" || !f.Clustered || f.Source != "rest" || f.Flavour.String() != "lxd 5.0.2" || f.Certificate != "PEM" {
		t.Errorf("got %+v", f)
	}
	unseen := schema.Texts(f.Unseen)
	for _, text := range []string{"m2 does not answer", "m3 does not answer", "whose join has not ended"} {
		if !strings.Contains(unseen, text) {
			t.Errorf("%q is not in %s", text, unseen)
		}
	}
}

func standaloneAnswers() map[string]string {
	return map[string]string{
		"/1.0": `{"auth":"trusted","api_extensions":["a","b"],"config":{"core.https_address":":8443","user.x":"1"},
			"environment":{"server":"lxd","server_version":"5.0.2","server_name":"vm","server_clustered":false,"certificate":"PEM","certificate_fingerprint":"AB"}}`,
		"/1.0/projects?recursion=1":                                           projects,
		"/1.0/storage-pools?recursion=1":                                      `[{"name":"local","driver":"btrfs","config":{"size":"5GiB","volume.size":"1GiB"},"status":"Created","locations":["none"]}]`,
		"/1.0/networks?project=default&recursion=1":                           `[{"name":"lo","managed":false},{"name":"lxdbr0","type":"bridge","managed":true,"status":"Created"}]`,
		"/1.0/profiles?project=default&recursion=1":                           `[]`,
		"/1.0/profiles?project=web&recursion=1":                               `[]`,
		"/1.0/instances?project=default&recursion=1":                          `[{"name":"c1"}]`,
		"/1.0/instances?project=web&recursion=1":                              `[{"name":"c1"}]`,
		"/1.0/images?project=default&recursion=1":                             `[{"fingerprint":"0123456789abcdef"}]`,
		"/1.0/storage-pools/local/volumes/custom?project=default&recursion=1": `[{"name":"data"}]`,
	}
}

func TestReadStandalone(t *testing.T) {
	t.Parallel()
	api := fake(t, standaloneAnswers())
	got, err := rest.ReadStandalone(t.Context(), api, registry(), "node1")
	if err != nil {
		t.Fatal(err)
	}
	pool, _ := got.Get(schema.Ref{Kind: "pool", Name: "local"})
	want := map[string]schema.Part{"node1": {State: schema.StateCreated, Config: map[string]string{"size": "5GiB"}}}
	if diff := cmp.Diff(want, pool.Members); diff != "" || pool.Config["volume.size"] != "1GiB" || len(pool.Config) != 1 {
		t.Errorf("%s, cluster-wide %v", diff, pool.Config)
	}
	if _, ok := got.Get(schema.Ref{Kind: "cluster_group", Name: "default"}); !ok || got.Facts.Clustered || len(got.Facts.Members) > 0 {
		t.Errorf("got %v, %+v", got.Refs(), got.Facts)
	}
	if _, err := rest.Read(t.Context(), api, registry(), false); !drivers.Is(err, drivers.Conflict) {
		t.Errorf("read as a cluster: got %v", err)
	}
}

// holding has the kinds of registry and some more, with what it means that a joiner has objects of them.
func holding() schema.Registry {
	losses := map[schema.KindName]schema.Loss{"server": schema.LossWarned, "cluster_group": schema.LossNone, "member": schema.LossNone}
	all := registry().All()
	for _, s := range []schema.Spec{
		{Name: "instance", Scope: schema.ScopeProject, Lifecycle: schema.Running, Path: "/1.0/instances"},
		{Name: "image", Scope: schema.ScopeProject, Feature: "features.images", Lifecycle: schema.Imported, Path: "/1.0/images/aliases"},
		{Name: "volume", Scope: schema.ScopeProject, Feature: "features.storage.volumes", Lifecycle: schema.Placed, Parent: "pool", Path: "/1.0/storage-pools/{}/volumes/custom"},
		{Name: "certificate", Scope: schema.ScopeCluster, Lifecycle: schema.Simple, Path: "/1.0/certificates", Attrs: []schema.Attr{{Name: "type"}},
			Tables: schema.Tables{Name: "fingerprint"}},
	} {
		s.Title, s.Plural, s.Help = string(s.Name), string(s.Name)+"s", "x"
		all = append(all, schema.Kind{Spec: s, Internal: func(o schema.Object) bool { return o.Attrs["type"] == "server" }})
	}
	losses["certificate"] = schema.LossWarned
	for i, k := range all {
		all[i].AtJoin = schema.LossRefused
		if loss, ok := losses[k.Name]; ok {
			all[i].AtJoin = loss
		}
		if k.Name == "profile" || k.Name == "project" {
			all[i].Builtin = []string{"default"}
		}
	}
	return schema.NewRegistry(all...)
}

func TestHostFactsOfPools(t *testing.T) {
	t.Parallel()
	for _, where := range []schema.Where{schema.OnMember, schema.OnCluster} {
		kind := schema.Kind{Spec: schema.Spec{Name: schema.KindStoragePool, Title: "pool", Plural: "pools", Help: "x",
			Scope:     schema.ScopeCluster,
			Lifecycle: schema.Pending, Path: "/1.0/storage-pools",
			Keys: func() *schema.Keys { return schema.NewKeys(schema.KeyRule{Key: "source", Where: where}) }}}
		answers := standaloneAnswers()
		answers["/1.0/certificates?recursion=1"] = `[]`
		answers["/1.0/storage-pools?recursion=1"] = `[{"name":"own","config":{"source":"/var/lib/lxd/storage-pools/own"},"status":"Created"},
			{"name":"loop","config":{"source":"/var/lib/lxd/disks/loop.img"},"status":"Created"},
			{"name":"fast","config":{"source":"/dev/sdb"},"status":"Created"}]`
		got := rest.HostFacts(t.Context(), fake(t, answers), "m1", schema.NewRegistry(kind))
		if diff := cmp.Diff(map[string]string{"fast": "/dev/sdb"}, got.Sources); diff != "" || got.Fault != "" {
			t.Error(diff, got.Fault)
		}
	}
}

// TestWhatAServerHasNoneOfIsNotListed has the database tell that there are no networks, or nothing.
func TestWhatAServerHasNoneOfIsNotListed(t *testing.T) {
	t.Parallel()
	kinds := registry().All()
	for i, k := range kinds {
		kinds[i].Tables.Table = map[schema.KindName]string{"pool": "storage_pools", "network": "networks"}[k.Name]
	}
	for answer, networks := range map[string]bool{`[[1,0]]`: false, `[[1,1]]`: true, `[[1]]`: true, `[]`: true} {
		answers := standaloneAnswers()
		gets := fake(t, answers)
		if !networks {
			delete(answers, "/1.0/networks?project=default&recursion=1") // asking for it fails the test
		}
		got, err := rest.ReadStandalone(t.Context(), apiFunc(func(c drivers.Call) (drivers.Reply, error) {
			if c.Path != drivers.SQLPath {
				return gets.Do(t.Context(), c)
			}
			want := `SELECT EXISTS (SELECT 1 FROM "storage_pools"), EXISTS (SELECT 1 FROM "networks")`
			if query := c.Body.(map[string]string)["query"]; query != want {
				t.Errorf("asked %s", query)
			}
			return drivers.Reply{Metadata: json.RawMessage(`{"Results":[{"rows":` + answer + `}]}`)}, nil
		}), schema.NewRegistry(kinds...), "node1")
		if err != nil {
			t.Fatal(err)
		}
		_, pool := got.Get(schema.Ref{Kind: "pool", Name: "local"})
		_, network := got.Get(schema.Ref{Kind: "network", Project: "default", Name: "lxdbr0"})
		if !pool || network != networks {
			t.Errorf("%s: got %v", answer, got.Refs())
		}
	}
}

// TestImagesWithoutAliasesAreHeld has a server with an image, and no alias in its database.
func TestImagesWithoutAliasesAreHeld(t *testing.T) {
	t.Parallel()
	kinds := holding().All()
	for i, k := range kinds {
		kinds[i].Tables.Table = map[schema.KindName]string{"image": "images_aliases"}[k.Name]
	}
	answers := standaloneAnswers()
	answers["/1.0/certificates?recursion=1"] = `[]`
	answers["/1.0/profiles?project=web&recursion=1"] = `[]`
	gets := fake(t, answers)
	got := rest.HostFacts(t.Context(), apiFunc(func(c drivers.Call) (drivers.Reply, error) {
		if c.Path != drivers.SQLPath {
			return gets.Do(t.Context(), c)
		}
		return drivers.Reply{Metadata: json.RawMessage(`{"Results":[{"rows":[[0]]}]}`)}, nil
	}), "m1", schema.NewRegistry(kinds...))
	if !slices.Contains(got.Holds, "image/0123456789ab") || got.Fault != "" {
		t.Errorf("got %v, %s", got.Holds, got.Fault)
	}
}

func TestHostFactsOfAStandaloneServer(t *testing.T) {
	t.Parallel()
	answers := standaloneAnswers()
	answers["/1.0/images/aliases?project=default&recursion=1"] = `[]`
	answers["/1.0/profiles?project=default&recursion=1"] = `[{"name":"default","description":"Default LXD profile","config":{},"devices":{}},{"name":"gpu"}]`
	answers["/1.0/profiles?project=web&recursion=1"] = `[{"name":"default","devices":{"root":{"type":"disk","path":"/"}}}]`
	answers["/1.0/certificates?recursion=1"] = `[{"fingerprint":"aa","type":"client"},{"fingerprint":"bb","type":"server"}]`
	got := rest.HostFacts(t.Context(), fake(t, answers), "m1", holding())
	want := schema.HostFacts{Flavour: schema.Flavour{Product: "lxd", Version: "5.0.2"}, Extensions: 2, Name: "vm", ClusterFingerprint: "ab",
		Certificate: "PEM", Config: map[string]string{"core.https_address": ":8443"},
		Holds: []string{"image/0123456789ab", "instance/c1", "instance/web/c1", "network/lxdbr0", "pool/local", "profile/gpu", "profile/web/default",
			"project/web", "volume/local/data"}, Trusts: []string{"bb"},
		Settings: []schema.Object{
			{Ref: schema.Ref{Kind: "certificate", Name: "aa"}, State: schema.StateCreated, Body: schema.Body{Attrs: map[string]string{"type": "client"}}},
			{Ref: schema.Ref{Kind: "server", Name: "config"}, State: schema.StateCreated, Body: schema.Body{Config: map[string]string{"user.x": "1"}}}},
	}
	slices.SortFunc(got.Settings, func(a, b schema.Object) int { return strings.Compare(a.Ref.String(), b.Ref.String()) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheMembersListTellsWhoLeads(t *testing.T) {
	t.Parallel()
	if got, err := rest.Leader(t.Context(), fake(t, clusterAnswers())); got != "m1" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	nobody := map[string]string{"/1.0/cluster/members?recursion=1": `[{"server_name":"m1","roles":["database"]}]`}
	if got, err := rest.Leader(t.Context(), fake(t, nobody)); got != "" || err != nil {
		t.Errorf("without a leader: got %q, %v", got, err)
	}
}

func TestHostFactsFaults(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]schema.HostFacts{
		"!connection refused": {Fault: "GET /1.0: connection refused", FaultKind: schema.FaultUnreachable},
		`{"auth":"untrusted","api_extensions":["a"]}`: {Extensions: 1, FaultKind: schema.FaultDenied, Untrusted: true, Fault: "GET /1.0: the daemon does not trust this client; " +
			"'clusterctl apply' adds the client certificate of its connection with a password or a token, or add it with: lxc config trust add"},
		`{"auth":"trusted"}`: {FaultKind: schema.FaultDenied, Restricted: true,
			Fault: "GET /1.0: the daemon trusts this client certificate for " +
				"projects only, and clusterctl needs the whole server: use a certificate that is not restricted, or ssh://"},
	} {
		got := rest.HostFacts(t.Context(), fake(t, map[string]string{"/1.0": answer}), "m1", registry())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}
