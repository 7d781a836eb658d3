package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/drivers"
	"clusterctl/drivers/dump"
)

// dumpFlag is the global flag that lets a command look at a saved copy of the database instead of a cluster.
func dumpFlag() cli.Flag {
	return &cli.StringFlag{Name: "from-dump", EnvVars: env("from-dump"),
		Usage: "look at the dump of a cluster's database in `FILE` (- for standard input) and ask no server; for plan and commands that only look"}
}

// dumpHint says how to make a dump.
const dumpHint = "To make a dump, on any member:  lxd sql global .dump > dump.sql  (Incus: incus admin sql global .dump > dump.sql)."

// looking are the commands that a dump can stand in for a cluster for; offline are those that ask no cluster anyway.
const (
	looking = "plan status show list export whatif doctor"
	offline = "validate journal explain schema completion man version"
)

// lookAtDump puts the command line before the dump that the flag names. A command that needs a cluster is refused.
func (s *session) lookAtDump(c *cli.Context) error {
	file := c.String("from-dump")
	command := c.App.Command(c.Args().First())
	if file == "" || command == nil || isOneOf(command.Name, offline) {
		return nil
	}
	hint := "Leave --from-dump out (and CLUSTERCTL_FROM_DUMP unset); 'clusterctl plan' shows what would be done."
	switch {
	case !isOneOf(command.Name, looking):
		return fail(ExitUsage, hint, fmt.Errorf("%s needs the cluster itself; a dump of its database can only be looked at", command.Name))
	case file == "-" && slices.Contains(c.Args().Slice(), "-"):
		return fail(ExitUsage, "Put one of them into a file.", errors.New("both the dump and the preseed are to come from standard input"))
	}
	s.dump = file
	s.World = s.World.fromDump(s.Streams, file)
	return nil
}

// notOfDump refuses what a command cannot do with a dump.
func (s *session) notOfDump(refused bool, hint, why string) error {
	if s.dump == "" || !refused {
		return nil
	}
	return fail(ExitUsage, hint, errors.New(why))
}

// fromDump returns the world in which the cluster is what a dump says. No name is looked up, and no server asked, be it
// in a sandbox.
func (w World) fromDump(s Streams, file string) World {
	w.LookupHost = lookupAnything
	w.Open = func(ctx context.Context, t Target) (drivers.Backend, error) {
		in, name := io.NopCloser(s.In), stdinName
		if file != "-" {
			var err error
			name = file
			in, err = s.openFile(file)
			if errors.Is(err, fs.ErrNotExist) {
				return nil, fail(ExitUsage, dumpHint, fmt.Errorf("there is no dump %s", file))
			}
			if err != nil {
				return nil, fmt.Errorf("reading the dump: %w", err)
			}
		}
		defer in.Close()
		backend, err := dump.Open(ctx, dump.Config{Input: in, Registry: t.Registry, Secret: t.Secret})
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, fail(ExitInterrupted, "", errors.New("interrupted while reading the dump"))
		case err != nil:
			return nil, fail(ExitError, dumpHint, fmt.Errorf("%s cannot be read as a dump: %w", name, err))
		}
		return backend, nil
	}
	return w
}

// isOneOf reports whether a word is among words.
func isOneOf(word, words string) bool { return slices.Contains(strings.Fields(words), word) }
