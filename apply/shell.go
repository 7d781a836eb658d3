package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"clusterctl/drivers"
	"clusterctl/plan"
)

// shell runs a command on the step's member.
func (t *task) shell(ctx context.Context, s plan.Shell) error {
	shell, ok := t.engine.Backend.(drivers.Shell)
	if !ok {
		return &drivers.Error{Kind: drivers.Unsupported, Op: "running a command", Member: t.step.Member,
			Err: errors.New("there is no shell in this world")}
	}
	command := drivers.Command{Task: drivers.Task(s.Task), Binary: s.Binary, Folder: s.Folder, File: s.File,
		Text: s.Text, Member: t.step.Member, Address: s.Address}
	if s.From != "" {
		packed, err := t.runOn(ctx, shell, drivers.Command{Task: drivers.TaskPack, Folder: s.FromFolder, Member: s.From})
		if err != nil {
			return err
		}
		command.Input = []byte(packed)
	}
	_, err := t.runOn(ctx, shell, command)
	return err
}

// runOn runs a command that has to succeed, and returns what it prints.
func (t *task) runOn(ctx context.Context, shell drivers.Shell, c drivers.Command) (string, error) {
	t.say("waiting for the command on %s to end", c.Member)
	out, err := shell.Run(ctx, c.Member, c)
	switch {
	case err != nil:
		return "", t.failure(ctx, err)
	case out.Exit != 0:
		return "", &drivers.Error{Kind: drivers.Internal, Op: "running a command", Member: c.Member,
			Err: fmt.Errorf("it exits with %d: %s", out.Exit, lastLines(cmp.Or(out.Stderr, out.Stdout)))}
	}
	return out.Stdout, nil
}

// lastLines returns the end of what a command printed, on one line.
func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}
