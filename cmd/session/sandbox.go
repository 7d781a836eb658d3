package session

import (
	"context"
	"errors"

	"clusterctl/drivers"
	"clusterctl/drivers/remote"
	"clusterctl/drivers/sandbox"
	"clusterctl/schema"
)

// InSandbox returns the world whose servers are those of the sandbox in dir. Nothing leaves this machine.
func (w World) InSandbox(dir string) World {
	w.LookupHost = LookupAnything
	w.Open = func(ctx context.Context, t Target) (drivers.Backend, error) {
		world, err := StartSandbox(ctx, sandbox.Config{Dir: dir, Names: memberNames(t.Members)})
		if err != nil {
			return nil, err
		}
		return &sandboxed{Cluster: ConnectSandbox(world, t), world: world}, nil
	}
	return w
}

// LookupAnything knows every host name: addresses in the sandbox need not exist.
func LookupAnything(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }

// sandboxed is a cluster in a sandbox that lives as long as the connections to it.
type sandboxed struct {
	*remote.Cluster
	world *sandbox.World
}

// Close implements drivers.Backend.
func (s *sandboxed) Close() error { return errors.Join(s.Cluster.Close(), s.world.Close()) }

// StartSandbox starts a world, with an error that says what to do.
func StartSandbox(ctx context.Context, config sandbox.Config) (*sandbox.World, error) {
	world, err := sandbox.Start(ctx, config)
	switch {
	case errors.Is(err, sandbox.ErrInUse):
		return nil, Fail(ExitLocked, "Wait for it, or use another folder: --sandbox-dir DIR.", err)
	case err != nil:
		return nil, Fail(ExitError, "To begin anew: clusterctl sandbox stop.", err)
	}
	return world, nil
}

// ConnectSandbox opens the members over SSH, as real ones are. A member is the server of the same name.
func ConnectSandbox(world *sandbox.World, t Target) *remote.Cluster {
	ways := map[string]schema.Connection{}
	for _, m := range world.Members() {
		ways[m.Name] = schema.Connection{SSH: &schema.SSH{Host: m.SSHHost, Port: m.SSHPort, User: "root",
			IdentityFile: m.IdentityFile, KnownHosts: m.KnownHosts, Socket: m.Socket}}
	}
	members := make([]schema.Member, len(t.Members))
	for i, m := range t.Members {
		m.Connection = ways[m.Name]
		members[i] = m
	}
	return remote.Open(remote.Config{Members: members, Bootstrap: t.Bootstrap, Registry: t.Registry, Secret: t.Secret,
		ReadFile: t.ReadFile, Parallelism: t.Parallelism})
}
