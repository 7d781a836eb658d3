package session

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"clusterctl/drivers"
	"clusterctl/drivers/remote"
	"clusterctl/drivers/sandbox"
	"clusterctl/schema"
)

// SandboxOptions say what to start.
type SandboxOptions struct {
	Dir     string
	Members int
	// Server is what they are, such as lxd-6.9; empty is the usual one, or what those that are there are.
	Server string
	// Script is a file with faults.
	Script string
}

// SandboxServer is a pretended server.
type SandboxServer = sandbox.MemberInfo

// StartServers makes the servers, or more of them.
func StartServers(ctx context.Context, o SandboxOptions) ([]SandboxServer, error) {
	var faults []sandbox.Fault
	if o.Script != "" {
		script, err := drivers.ReadFile(o.Script)
		if err != nil {
			return nil, fmt.Errorf("reading faults: %w", err)
		}
		if faults, err = sandbox.ParseFaults(string(script)); err != nil {
			return nil, Fail(ExitUsage, "", fmt.Errorf("%s: %w", o.Script, err))
		}
	}
	server, known := schema.ParseServer(o.Server)
	if o.Server != "" && !known {
		return nil, Fail(ExitUsage, schema.KnownServers(), fmt.Errorf("no server %q", o.Server))
	}
	var names []string
	for i := range o.Members {
		names = append(names, fmt.Sprintf("node%d", i+1))
	}
	return useSandbox(ctx, sandbox.Config{Dir: o.Dir, Names: names, Server: server},
		func(w *sandbox.World) error { return injectAll(ctx, w, faults) })
}

// ResetServers gives back the same servers as new.
func ResetServers(ctx context.Context, dir string) ([]SandboxServer, error) {
	nothing := func(*sandbox.World) error { return nil }
	if err := existingSandbox(dir); err != nil {
		return nil, err
	}
	var server schema.Flavour
	servers, err := useSandbox(ctx, sandbox.Config{Dir: dir},
		func(w *sandbox.World) error { server = w.Server(); return nil })
	if err != nil {
		return nil, err
	}
	if err := DiscardServers(dir); err != nil {
		return nil, err
	}
	names := schema.Map(servers, func(m SandboxServer) string { return m.Name })
	return useSandbox(ctx, sandbox.Config{Dir: dir, Names: names, Server: server}, nothing)
}

// SwitchFault lets something go wrong from now on.
func SwitchFault(ctx context.Context, dir string, words []string) ([]SandboxServer, error) {
	if err := existingSandbox(dir); err != nil {
		return nil, err
	}
	return useSandbox(ctx, sandbox.Config{Dir: dir}, func(w *sandbox.World) error {
		if err := inject(ctx, w, words); err != nil {
			return Fail(ExitUsage, "Run 'clusterctl sandbox fault --help'.", err)
		}
		return nil
	})
}

func inject(ctx context.Context, w *sandbox.World, words []string) error {
	switch {
	case words[0] == "heal" && len(words) == 1:
		return w.Heal()
	case words[0] == "restart" && len(words) == 2:
		return w.Restart(ctx, words[1])
	}
	faults, err := sandbox.ParseFaults(strings.Join(words, " "))
	if err != nil {
		return errors.Unwrap(err) // without the number of its only line
	}
	return injectAll(ctx, w, faults)
}

func injectAll(ctx context.Context, w *sandbox.World, faults []sandbox.Fault) error {
	for _, f := range faults {
		if err := w.Inject(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// useSandbox runs fn on the world of a folder and returns its servers.
func useSandbox(ctx context.Context, config sandbox.Config,
	fn func(*sandbox.World) error) (servers []SandboxServer, err error) {
	world, err := StartSandbox(ctx, config)
	if err != nil {
		return nil, err
	}
	err = fn(world)
	return world.Members(), errors.Join(err, world.Close())
}

// existingSandbox refuses a folder in which no sandbox was started.
func existingSandbox(dir string) error {
	if sandbox.Exists(dir) {
		return nil
	}
	return Fail(ExitUsage, "Start one: clusterctl sandbox start.", fmt.Errorf("there is no sandbox in %s", dir))
}

// DiscardServers removes the servers of a folder and all they know.
func DiscardServers(dir string) error {
	if err := existingSandbox(dir); err != nil {
		return err
	}
	err := sandbox.Discard(dir)
	if errors.Is(err, sandbox.ErrInUse) {
		return Fail(ExitLocked, "Wait for it.", err)
	}
	return err
}

// InSandbox returns the world whose servers are those of the sandbox in dir. Nothing leaves this machine.
func (w World) InSandbox(dir string) World {
	w.LookupHost = LookupAnything
	w.Approaches = false
	w.Open = func(ctx context.Context, t Target) (drivers.Backend, error) {
		world, err := StartSandbox(ctx, sandbox.Config{Dir: dir, Names: memberNames(t.Members), Server: t.Server})
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
	case errors.Is(err, sandbox.ErrServer):
		return nil, Fail(ExitUsage, "It can be "+
			strings.Join(schema.Map(sandbox.Servers(), schema.Flavour.Title), ", ")+
			". To begin anew: clusterctl sandbox stop.", err)
	case errors.Is(err, sandbox.ErrForeign):
		return nil, Fail(ExitError, "Name another folder: --sandbox-dir DIR. If it was a sandbox, put its world.json back.", err)
	case ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, Fail(ExitError, "Put a file that is missing or damaged back as it was, and run it again."+
			" To begin anew instead, with new servers: clusterctl sandbox stop.", err)
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

// Faults are the words of all kinds of faults.
func Faults() []string {
	return schema.Map(sandbox.FaultKinds(), func(k sandbox.FaultKind) string { return string(k) })
}
