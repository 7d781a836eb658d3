package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/rs/zerolog"
	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
)

// withLog puts the logger that the global flags ask for into the context. It is off unless a level or a file is
// given. The returned function closes the file.
func withLog(ctx context.Context, stderr io.Writer, level, file string) (context.Context, func(), error) {
	if level == "" {
		level = "off"
		if file != "" {
			level = "info"
		}
	}
	if level == "off" {
		return zerolog.Nop().WithContext(ctx), func() {}, nil
	}
	parsed, err := zerolog.ParseLevel(level)
	if err != nil || parsed == zerolog.NoLevel {
		return nil, nil, usage("The levels are off, error, warn, info, debug and trace.", "unknown log level %q", level)
	}
	out, done := stderr, func() {}
	if file != "" {
		f, err := session.OpenLog(file)
		if err != nil {
			return nil, nil, fmt.Errorf("opening the log: %w", err)
		}
		out, done = &cleaner{to: f}, func() { _ = f.Close() } // nothing is left to tell it to
	}
	return zerolog.New(out).Level(parsed).With().Timestamp().Logger().WithContext(ctx), done, nil
}

// looking are the commands that a dump can stand in for a cluster for; offline are those that ask no cluster anyway.
const (
	looking = "plan status show list export whatif doctor"
	offline = "validate import fmt diff journal explain schema completion complete man version"
)

// lookAtDump puts the command line before the dump in the file, if one is named. A command that needs a cluster is
// refused.
func (c *console) lookAtDump(ctx *cli.Context, file string) error {
	command := ctx.App.Command(ctx.Args().First())
	if file == "" || command == nil || isOneOf(command.Name, offline) {
		return nil
	}
	hint := "Leave --from-dump out (and CLUSTERCTL_FROM_DUMP unset); 'clusterctl plan' shows what would be done."
	switch {
	case !isOneOf(command.Name, looking):
		return usage(hint, "%s needs the cluster itself; a dump of its database can only be looked at", command.Name)
	case file == "-" && slices.Contains(ctx.Args().Slice(), "-"):
		return usage("Put one of them into a file.", "both the dump and the preseed are to come from standard input")
	}
	c.Dump = file
	c.World = c.World.FromDump(c.Machine, file)
	return nil
}
