package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"clusterctl/drivers"
	"clusterctl/drivers/remote"
	"clusterctl/drivers/sandbox"
	"clusterctl/schema"
)

// sandboxFlags are the global flags that put a command into the sandbox.
func sandboxFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "sandbox", EnvVars: env("sandbox"), DisableDefaultText: true,
			Usage: "touch no server: let pretended ones stand for the preseed's members, whatever its connections say"},
		&cli.StringFlag{Name: "sandbox-dir", EnvVars: env("sandbox-dir"),
			Usage: "keep the pretended servers in `DIR`; implies --sandbox (default: clusterctl/sandbox in the user's cache folder)"},
	}
}

// sandboxDir returns the folder of the sandbox that the command line asks for.
func sandboxDir(c *cli.Context) (string, error) {
	if dir := c.String("sandbox-dir"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fail(ExitUsage, "Name a folder with --sandbox-dir.", fmt.Errorf("there is no cache folder for the sandbox: %w", err))
	}
	return filepath.Join(cache, "clusterctl", "sandbox"), nil
}

// inSandbox returns the world whose servers are those of the sandbox in dir. Nothing leaves this machine.
func (w World) inSandbox(dir string) World {
	w.LookupHost = lookupAnything
	w.Open = func(ctx context.Context, t Target) (drivers.Backend, error) {
		world, err := startSandbox(ctx, sandbox.Config{Dir: dir, Names: memberNames(t.Members)})
		if err != nil {
			return nil, err
		}
		return &sandboxed{Cluster: connectSandbox(world, t), world: world}, nil
	}
	return w
}

// lookupAnything knows every host name: addresses in the sandbox need not exist.
func lookupAnything(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }

// sandboxed is a cluster in a sandbox that lives as long as the connections to it.
type sandboxed struct {
	*remote.Cluster
	world *sandbox.World
}

// Close implements drivers.Backend.
func (s *sandboxed) Close() error { return errors.Join(s.Cluster.Close(), s.world.Close()) }

// startSandbox starts a world, with an error that says what to do.
func startSandbox(ctx context.Context, config sandbox.Config) (*sandbox.World, error) {
	world, err := sandbox.Start(ctx, config)
	switch {
	case errors.Is(err, sandbox.ErrInUse):
		return nil, fail(ExitLocked, "Wait for it, or use another folder: --sandbox-dir DIR.", err)
	case err != nil:
		return nil, fail(ExitError, "To begin anew: clusterctl sandbox stop.", err)
	}
	return world, nil
}

// connectSandbox opens the members over SSH, as real ones are. A member is the server of the same name.
func connectSandbox(world *sandbox.World, t Target) *remote.Cluster {
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
