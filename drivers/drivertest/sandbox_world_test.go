package drivertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"clusterctl/drivers/sandbox"
	"clusterctl/schema"
)

// sandboxWorld is the sandbox as a place for scenarios.
type sandboxWorld struct{ *sandbox.World }

func startSandbox(t testing.TB, s Scenario, server schema.Flavour) World {
	t.Helper()
	members := 3
	if slices.Contains(s.Needs, "six") {
		members = 6
	}
	world, err := sandbox.Start(t.Context(), sandbox.Config{Members: members, Server: server})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	return sandboxWorld{world}
}

func (w sandboxWorld) Flavour() schema.Flavour { return w.Server() }

func (sandboxWorld) Can(string) bool { return true }

func (w sandboxWorld) Connection(server string) schema.Connection {
	for _, m := range w.Members() {
		if m.Name == server {
			return schema.Connection{SSH: &schema.SSH{Host: m.SSHHost, Port: m.SSHPort, User: "root",
				IdentityFile: m.IdentityFile, KnownHosts: m.KnownHosts, Socket: m.Socket}}
		}
	}
	return schema.Connection{SSH: &schema.SSH{Host: "127.0.0.1", Port: 1}}
}

func (w sandboxWorld) Client(server string) *http.Client { return w.World.Client(server) }

func (w sandboxWorld) Control(ctx context.Context, words []string) error {
	switch words[0] {
	case "stop":
		return w.Stop(ctx, words[1])
	case "offline":
		return errors.Join(w.Stop(ctx, words[1]), w.Advance(ctx, time.Hour))
	case "start":
		return w.Restart(ctx, words[1])
	case "wipe":
		return w.Wipe(ctx, words[1])
	case "heal":
		return w.Heal()
	case "fault":
		faults, err := sandbox.ParseFaults(strings.Join(words[1:], " "))
		if err != nil {
			return err
		}
		return w.Inject(ctx, faults[0])
	}
	return fmt.Errorf("what is %q?", words)
}
