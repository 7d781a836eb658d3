package kinds_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// notAsListed are keys that lists of the servers have and daemons do not: misspelt ones, and on Incus loki.*, which stays
// in its list after logging.* has taken its place (measured on 7.0.2).
var notAsListed = []string{
	"boot.priotiry", "ceph.osd.pg_name", "cephobject.bucket_name_prefix", "security.size",
	"security.syscalls.intercept.sched_setcheduler", "loki.",
}

// listedKey is a key in a table of what the servers list themselves: entity, section, key, type, scope, default, condition,
// live, and the versions that have it.
type listedKey []string

func (k listedKey) in(f schema.Flavour) bool {
	return schema.Versions{f.Product: schema.ParseSpans(k[8])}.In(f)
}

// readListed reads such a table; its first line ends with the versions.
func readListed(t *testing.T, path string) (versions []string, keys []listedKey) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	_, list, _ := strings.Cut(lines[0], "by version: ")
	for _, line := range lines[2:] {
		keys = append(keys, strings.Split(line, "\t"))
	}
	return strings.Fields(list), keys
}

// metadata is what a server would list.
func metadata(t *testing.T, keys []listedKey) schema.Metadata {
	t.Helper()
	type section = map[string][]map[string]map[string]string
	configs := map[string]map[string]section{}
	for _, k := range keys {
		if configs[k[0]] == nil {
			configs[k[0]] = map[string]section{}
		}
		if configs[k[0]][k[1]] == nil {
			configs[k[0]][k[1]] = section{}
		}
		of := configs[k[0]][k[1]]
		of["keys"] = append(of["keys"], map[string]map[string]string{k[2]: {"type": k[3], "scope": k[4]}})
	}
	data, err := json.Marshal(map[string]any{"configs": configs})
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.ReadMetadata(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestKeysOfEveryRelease goes over the keys of all releases: what a release has is accepted for it, what it has no more is
// refused. It reads the whole lists where CLUSTERCTL_KEYS names their folder, and some lines of them in testdata.
func TestKeysOfEveryRelease(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("CLUSTERCTL_KEYS")
	if folder == "" {
		folder = "testdata/keys"
	}
	for _, product := range []schema.Product{schema.LXD, schema.Incus} {
		versions, keys := readListed(t, filepath.Join(folder, string(product)+".tsv"))
		accepted, refused := 0, 0
		for i, version := range versions {
			f := schema.Flavour{Product: product, Version: version}
			if !f.Known() {
				t.Errorf("%v is no known release", f)
			}
			reg := kinds.Registry().For(f)
			now := slices.DeleteFunc(slices.Clone(keys), func(k listedKey) bool { return !k.in(f) })
			accepted += judgeListed(t, reg, metadata(t, now), nil, true)
			gone := slices.DeleteFunc(slices.Clone(keys), func(k listedKey) bool {
				return !slices.ContainsFunc(versions[:i], func(v string) bool { return k.in(schema.Flavour{Product: product, Version: v}) }) ||
					slices.ContainsFunc(versions, func(v string) bool {
						later := schema.Flavour{Product: product, Version: v}
						return later.AtLeast(version) && k.in(later)
					})
			})
			if len(gone) > 0 {
				refused += judgeListed(t, reg, metadata(t, gone), metadata(t, now).Keys, false)
			}
		}
		t.Logf("%s: %d keys of %d releases: %s accepted, %s gone and refused", product, len(keys), len(versions),
			strconv.Itoa(accepted), strconv.Itoa(refused))
	}
}

// judgeListed counts the keys of a list that are accepted, or refused, and says which ones are not as they should be. Those
// that others have under the same name are left out.
func judgeListed(t *testing.T, reg schema.Registry, list schema.Metadata, others map[schema.KindName][]schema.KeyRule, want bool) int {
	t.Helper()
	n := 0
	for name, rules := range list.Keys {
		kind, ok := reg.Kind(name)
		if name == schema.TableDevices {
			kind, ok = reg.Kind(schema.KindInstance)
		}
		if !ok || name != schema.TableDevices && kind.Keys == nil {
			continue
		}
		for _, listed := range rules {
			variant, key := strings.Join(listed.For, ""), strings.ReplaceAll(listed.Key, "*", "x")
			if strings.HasPrefix(key, "volatile.") || listedElsewhere(others[name], variant, listed.Key) ||
				slices.ContainsFunc(notAsListed, func(p string) bool { return strings.HasPrefix(key, p) }) {
				continue
			}
			rule, known := kind.Rule(variant, key)
			if name == schema.TableDevices {
				rule, known = kind.DeviceRule(strings.Split(strings.ReplaceAll(variant, "-block", " unix-block"), " "), key, reg.Flavour())
			}
			if got := known && rule.Servers.In(reg.Flavour()); got != want {
				t.Errorf("%v: %s %s %s: accepted %v, want %v", reg.Flavour(), name, variant, key, got, want)
			}
			n++
		}
	}
	return n
}

func listedElsewhere(rules []schema.KeyRule, variant, key string) bool {
	return slices.ContainsFunc(rules, func(r schema.KeyRule) bool { return r.Key == key && strings.Join(r.For, "") == variant })
}
