package ssh

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema"
)

// way resolves a connection with that configuration file; it returns the hosts of the way.
func way(t *testing.T, config string, s schema.SSH) ([]host, string, error) {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, ".ssh", "config"), config)
	hosts, err := resolve(Config{SSH: s, Home: folder})
	return hosts, folder, err
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const config = "Host m*\n  HostName %h.example.net\n  Port 2222\n  User ops\n  IdentityFile ~/.ssh/lab\n  UserKnownHostsFile ~/a ~/b\n" +
		"Host gate\n  HostName 192.0.2.1\nHost deep\n  ProxyJump gate\nHost *\n  IdentitiesOnly yes\n"
	for _, tc := range []struct {
		ssh       schema.SSH
		want      string
		keys      string
		known     string
		exclusive bool
	}{
		{schema.SSH{Host: "m1"}, "ops@m1.example.net:2222", "~/.ssh/lab", "~/a ~/b /etc/ssh/ssh_known_hosts", true},
		{schema.SSH{Host: "m1", Port: 22, User: "root", IdentityFile: "~/k", KnownHosts: "/k"}, "root@m1.example.net:22", "~/k ~/.ssh/lab", "/k", true},
		{schema.SSH{Host: "other"}, "root@other:22", "", "~/.ssh/known_hosts /etc/ssh/ssh_known_hosts", true},
		{schema.SSH{Host: "::1"}, "root@[::1]:22", "", "~/.ssh/known_hosts /etc/ssh/ssh_known_hosts", true},
		{schema.SSH{Host: "m2", Jump: "ssh://x@[2001:db8::1]:7"}, "x@[2001:db8::1]:7 ops@m2.example.net:2222", "~/.ssh/lab", "~/a ~/b /etc/ssh/ssh_known_hosts", true},
		{schema.SSH{Host: "m2", Jump: "deep"}, "root@192.0.2.1:22 root@deep:22 ops@m2.example.net:2222", "~/.ssh/lab", "~/a ~/b /etc/ssh/ssh_known_hosts", true},
	} {
		hosts, home, err := way(t, config, tc.ssh)
		if err != nil {
			t.Errorf("%v: %v", tc.ssh, err)
			continue
		}
		var names []string
		for _, h := range hosts {
			names = append(names, h.String())
		}
		end := hosts[len(hosts)-1]
		keys := strings.TrimSpace(end.identity + " " + strings.Join(end.identities, " "))
		got := []string{strings.Join(names, " "), strings.ReplaceAll(keys, home, "~"), strings.ReplaceAll(strings.Join(end.keys.files, " "), home, "~"), fmt.Sprint(end.onlyIdentity)}
		if diff := cmp.Diff([]string{tc.want, tc.keys, tc.known, fmt.Sprint(tc.exclusive)}, got); diff != "" {
			t.Errorf("%v: %s", tc.ssh, diff)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		config string
		ssh    schema.SSH
		want   string
	}{
		{"", schema.SSH{}, "no host is given"},
		{"Port 99999\n", schema.SSH{Host: "m1"}, "the SSH port of m1 is not between 1 and 65535"},
		{"Port many\n", schema.SSH{Host: "m1"}, "the SSH port of m1 is not between 1 and 65535"},
		{"ProxyCommand nc %h %p\n", schema.SSH{Host: "m1"}, "ProxyCommand for m1 in FILE is not supported; use ProxyJump, or jump in the preseed"},
		{"ProxyJump b\n", schema.SSH{Host: "m1"}, "the way to b has more than 8 jump hosts; does a ProxyJump in FILE lead back to itself?"},
		{"", schema.SSH{Host: "m1", Jump: "http://gate"}, `the jump host "http://gate" is not of the form ssh://user@host:port`},
		{"Match exec true\n", schema.SSH{Host: "m1"}, "reading the SSH configuration FILE: "},
	} {
		_, home, err := way(t, tc.config, tc.ssh)
		if err == nil {
			t.Errorf("%q: no error", tc.config)
			continue
		}
		text := strings.ReplaceAll(err.Error(), filepath.Join(home, ".ssh", "config"), "FILE")
		begins := strings.HasSuffix(tc.want, ": ") && strings.HasPrefix(text, tc.want)
		if text != tc.want && !begins {
			t.Errorf("got %s, want %s", text, tc.want)
		}
	}
}
