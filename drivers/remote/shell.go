package remote

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os/exec"
	"strings"

	"clusterctl/drivers"
	"clusterctl/drivers/ssh"
)

var _ drivers.Shell = (*Cluster)(nil)

// Run implements drivers.Shell. It needs no daemon: over SSH it uses the connection that leads to the daemon, or else
// one of its own, which does not look for the daemon's socket.
func (c *Cluster) Run(ctx context.Context, name string, command drivers.Command) (drivers.Output, error) {
	m := c.member(name)
	fail := func(kind drivers.Kind, err error) (drivers.Output, error) {
		return drivers.Output{}, &drivers.Error{Kind: kind, Op: "running a command to " + string(command.Task),
			Member: name, Err: err}
	}
	script, err := command.Script()
	switch {
	case m == nil:
		return fail(drivers.Unreachable, errors.New("the preseed does not say how to reach it"))
	case cmp.Or(err, command.Allowed(ctx)) != nil:
		return fail(drivers.Invalid, cmp.Or(err, command.Allowed(ctx)))
	case m.Connection.Unix != nil:
		out, err := runLocally(ctx, script, command.Input)
		if err != nil {
			return fail(drivers.Internal, err)
		}
		return out, nil
	case m.Connection.SSH == nil:
		return fail(drivers.Unsupported, errors.New("it is reached over HTTPS; commands need ssh:// or unix://"))
	}
	defer drivers.Waiting(ctx, name, "a command to "+string(command.Task))()
	client, err := m.console(ctx)
	if err != nil {
		return drivers.Output{}, err
	}
	return client.Run(ctx, "running a command to "+string(command.Task), script, command.Input, command.Most())
}

// console returns the member's SSH connection for commands, made if need be.
func (m *member) console(ctx context.Context) (*ssh.Client, error) {
	if client, ok := m.dialer().(*ssh.Client); ok {
		return client, nil
	}
	m.consoling.Lock()
	defer m.consoling.Unlock()
	if m.shell != nil && !ended(m.shell.Done()) {
		return m.shell, nil
	}
	client, err := m.dialSSH(ctx, *m.Connection.SSH)
	if err != nil {
		return nil, err
	}
	m.shell = client
	return client, nil
}

func (m *member) closeConsole() error {
	m.consoling.Lock()
	defer m.consoling.Unlock()
	if m.shell == nil {
		return nil
	}
	return m.shell.Close()
}

// runLocally runs a script on this machine, which reads the input.
func runLocally(ctx context.Context, script string, input []byte) (drivers.Output, error) {
	command := exec.CommandContext(ctx, "sh", "-c", script)
	if len(input) > 0 {
		command.Stdin = bytes.NewReader(input)
	}
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	out := drivers.Output{Stdout: stdout.String(), Stderr: strings.TrimSpace(stderr.String())}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		out.Exit = exit.ExitCode()
		return out, nil
	}
	return out, err
}
