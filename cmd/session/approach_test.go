package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"clusterctl/drivers"
	"clusterctl/drivers/remote"
	"clusterctl/drivers/sandbox"
	"clusterctl/plan"
	"clusterctl/schema/preseed"
)

// approached counts what is done with the backends that a session opens.
type approached struct{ opened, approached, closed int }

type countedBackend struct {
	*remote.Cluster
	*approached
}

func (b *countedBackend) Approach(ctx context.Context) {
	b.approached.approached++
	b.Cluster.Approach(ctx)
}

func (b *countedBackend) Close() error {
	b.closed++
	return b.Cluster.Close()
}

// TestMembersAreConnectedToWhileInputsAreRead plans for two servers with much else in the file, right and wrong.
func TestMembersAreConnectedToWhileInputsAreRead(t *testing.T) {
	t.Parallel()
	world, err := sandbox.Start(t.Context(), sandbox.Config{Members: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	text := "storage_pools: [{name: local, driver: dir}]\nmembers:\n"
	for i, m := range world.Members() {
		text += fmt.Sprintf("- name: %s\n  address: \"10.76.1.%d:8443\"\n  connection: {ssh: {host: %s, port: %d, "+
			"user: root, identity_file: %q, known_hosts: %q, socket: %s}}\n", m.Name, i+11, m.SSHHost, m.SSHPort,
			m.IdentityFile, m.KnownHosts, m.Socket)
	}
	small := text
	text += "profiles:\n"
	for i := range 400 {
		text += fmt.Sprintf("- {name: p%d, description: one of very many}\n", i)
	}
	silent := strings.Replace(text, fmt.Sprintf("port: %d", world.Members()[1].SSHPort), "port: 1", 1)
	for name, test := range map[string]struct {
		text  string
		want  approached
		wrong bool
	}{
		"right":         {text, approached{1, 1, 1}, false},
		"small":         {small, approached{1, 0, 1}, false},
		"wrong":         {text + "- {name: p400, devices: {a: {type: nonsense}}}\n", approached{1, 1, 1}, true},
		"one is silent": {silent, approached{1, 1, 1}, false},
	} {
		var got approached
		s := testSession(nil)
		s.Approaches, s.Limits.Parallelism = true, 4
		s.LookupHost = LookupAnything
		s.Open = func(_ context.Context, target Target) (drivers.Backend, error) {
			got.opened++
			return &countedBackend{remote.Open(remote.Config{Members: target.Members, Bootstrap: target.Bootstrap,
				Registry: target.Registry, Home: t.TempDir(), Parallelism: target.Parallelism}), &got}, nil
		}
		v, err := s.Survey(t.Context(), []preseed.Input{{Name: "f", Data: []byte(test.text)}}, plan.Options{})
		if _, wrong := errors.AsType[*InvalidError](err); wrong != test.wrong || err != nil && !wrong {
			t.Errorf("%s: got %v", name, err)
		}
		if err == nil {
			said := fmt.Sprint(v.Plan.Diagnostics)
			if strings.Contains(said, "cannot reach") != (name == "one is silent") {
				t.Errorf("%s: got %s", name, said)
			}
			if err := v.Close(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got != test.want {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}
