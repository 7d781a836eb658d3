package cmd

import (
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"
)

// alike are the flags whose variable is one for all commands, though each says by its own words what it does there.
const alike = "detailed-exitcode evacuate"

// ownVariables gives each flag that means something else for another command a variable of its own, with the command's
// name in it: CLUSTERCTL_PLAN_OUT. The name without it, which all of them once had, is taken where it is set, too.
func (c *console) ownVariables() {
	meanings := map[string][]string{}
	of := map[string][]cli.Flag{}
	for _, command := range c.app.Commands {
		path := commandPath{command: command}
		of[command.Name] = path.flags()
		for _, f := range of[command.Name] {
			name := f.Names()[0]
			if text := usageOf(f); !slices.Contains(meanings[name], text) {
				meanings[name] = append(meanings[name], text)
			}
		}
	}
	for command, flags := range of {
		for _, f := range flags {
			if name := f.Names()[0]; len(meanings[name]) > 1 && !isOneOf(name, alike) {
				c.ownVariable(command, f)
			}
		}
	}
}

func (c *console) ownVariable(command string, f cli.Flag) {
	names := env(command + "-" + f.Names()[0])
	if old := env(f.Names()[0])[0]; c.has(old) && !c.has(names[0]) {
		names = append(names, old)
	}
	switch f := f.(type) {
	case *cli.StringFlag:
		f.EnvVars = names
	case *cli.BoolFlag:
		f.EnvVars = names
	}
}

// warnOfVariables names the variables that the command still took by their old names.
func (c *console) warnOfVariables(ctx *cli.Context) {
	for _, f := range ctx.Command.Flags {
		doc, ok := f.(cli.DocGenerationFlag)
		if !ok || len(doc.GetEnvVars()) < 2 || slices.Contains(c.given, dashed(f.Names()[0])) {
			continue
		}
		names := doc.GetEnvVars()
		c.Warn(fmt.Errorf("%s means something else for other commands: say %s", names[1], names[0]))
	}
}
