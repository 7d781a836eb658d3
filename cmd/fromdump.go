package cmd

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

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

// isOneOf reports whether a word is among words.
func isOneOf(word, words string) bool { return slices.Contains(strings.Fields(words), word) }
