package preseed_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

func TestConnectionsAreReadFromURLs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]schema.Connection{
		"ssh://root@10.0.0.1:2222": {SSH: &schema.SSH{Host: "10.0.0.1", Port: 2222, User: "root"}},
		"ssh://ops@m1/run/lxd.sock?identity_file=id&jump=ssh://gate": {
			SSH: &schema.SSH{Host: "m1", User: "ops", Socket: "/run/lxd.sock", IdentityFile: "id", Jump: "ssh://gate"}},
		"unix:///var/lib/lxd/unix.socket": {Unix: &schema.Unix{Socket: "/var/lib/lxd/unix.socket"}},
		"https://m1?certificate=c.crt&key=c.key&fingerprint=AA:BB": {
			HTTPS: &schema.HTTPS{URL: "https://m1:8443", Certificate: "c.crt", Key: "c.key", Fingerprint: "aabb"}},
		"m1":                     {SSH: &schema.SSH{Host: "m1"}},
		"10.0.0.1":               {SSH: &schema.SSH{Host: "10.0.0.1"}},
		"ops@m1.example.net":     {SSH: &schema.SSH{Host: "m1.example.net", User: "ops"}},
		"2001:db8::1":            {SSH: &schema.SSH{Host: "2001:db8::1"}},
		"ops@[2001:db8::1]":      {SSH: &schema.SSH{Host: "2001:db8::1", User: "ops"}},
		"fe80::1%eth0":           {SSH: &schema.SSH{Host: "fe80::1%eth0"}},
		"ssh://2001:db8::1":      {SSH: &schema.SSH{Host: "2001:db8::1"}},
		"ssh://ops@[::1]:22":     {SSH: &schema.SSH{Host: "::1", User: "ops", Port: 22}},
		"https://2001:db8::1":    {HTTPS: &schema.HTTPS{URL: "https://[2001:db8::1]:8443"}},
		"https://[::1]:443":      {HTTPS: &schema.HTTPS{URL: "https://[::1]:443"}},
		"https://m1.example.net": {HTTPS: &schema.HTTPS{URL: "https://m1.example.net:8443"}},
	} {
		got, err := preseed.ParseConnection(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestWrongConnectionURLsAreExplained(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"10.0.0.1:8443":              "a port alone does not say whether it is that of ssh:// or https://",
		"ops@[::1]:22":               "a port alone does not say whether it is that of ssh:// or https://",
		"ssh":                        "it does not begin with ssh://, https:// or unix://",
		"a b":                        "it does not begin with ssh://, https:// or unix://",
		"ssh://2001:db8::1/run/sock": "an IPv6 address stands in brackets here, [2001:db8::1]",
		"ssh://root:secret@m1":       "it has a password in it",
		"https://m1?cert=c.crt":      "https:// has no cert; it has certificate, fingerprint, key",
		"unix:///a.sock?key=x":       "unix:// takes nothing behind a question mark",
		"https://m1?certificate=%zz": "what stands behind the question mark is no list of KEY=VALUE",
	} {
		if _, err := preseed.ParseConnection(text); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
