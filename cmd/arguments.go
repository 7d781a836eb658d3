package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// sortArguments puts global flags first, then the command, its flags and its inputs, so that a flag may stand
// anywhere. Nothing after "--" moves. What it does not know stays a flag of the command, for the parser to refuse.
// It returns the command's own flags besides, without the consent, for typing them again.
func sortArguments(app *cli.App, args []string) (sorted, given []string) {
	t := takeApart(app, args)
	switch {
	case t.path.command == nil:
		return args, nil
	case t.help != nil:
		return t.help, nil
	}
	given = slices.DeleteFunc(slices.Clone(t.own), func(arg string) bool {
		return strings.HasPrefix(strings.TrimLeft(arg, "-"), "auto-approve")
	})
	if len(t.path.command.Subcommands) > 0 {
		t.own = nil // nobody can say what they belong to: the command tells that a verb is missing
	}
	return slices.Concat(t.global, t.path.names, t.own, []string{"--"}, t.inputs), given
}

// typed is a command line that was taken apart.
type typed struct {
	path commandPath
	// global and own are the flags, with their values, own those of the command.
	global, own, inputs []string
	// open is the flag at the end whose value is to come, and help the words up to a --help of the command.
	open cli.Flag
	help []string
}

func takeApart(app *cli.App, args []string) (t typed) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			t.inputs = append(t.inputs, args[i+1:]...)
			return t
		case len(arg) < 2 || arg[0] != '-':
			if len(t.inputs) > 0 || !t.path.take(app, arg) {
				t.inputs = append(t.inputs, arg)
			}
			continue
		}
		flag, own := t.path.flag(app, arg)
		if own && flag == cli.HelpFlag && t.help == nil {
			t.help = slices.Concat(t.path.names, []string{"--help"})
		}
		words := []string{arg}
		if takesValue(flag) && !strings.Contains(arg, "=") {
			if i++; i < len(args) {
				words = append(words, args[i])
			} else {
				t.open = flag
			}
		}
		if own {
			t.own = append(t.own, words...)
		} else {
			t.global = append(t.global, words...)
		}
	}
	return t
}

// commandPath is the command that a command line names, and the verb of it if it has such.
type commandPath struct {
	command *cli.Command
	names   []string
}

// take goes one word further; ok is false when that is no command.
func (p *commandPath) take(app *cli.App, word string) (ok bool) {
	next := app.Command(word)
	if p.command != nil {
		next = p.command.Command(word)
	}
	if next != nil {
		p.command, p.names = next, append(p.names, word)
	}
	return next != nil
}

// flag finds the flag that an argument names, nil for none, and whether it is the command's own: --help behind a
// command is, and so is what nobody knows.
func (p *commandPath) flag(app *cli.App, arg string) (flag cli.Flag, own bool) {
	if flag = findFlag(p.flags(), arg); flag != nil {
		return flag, true
	}
	flag = findFlag(app.Flags, arg)
	return flag, p.command != nil && (flag == nil || flag == cli.HelpFlag)
}

// flags are those of the command, and of its verbs while none of them is named.
func (p *commandPath) flags() []cli.Flag {
	if p.command == nil {
		return nil
	}
	out := p.command.Flags
	for _, verb := range p.command.Subcommands {
		out = append(slices.Clip(out), verb.Flags...)
	}
	return out
}

func findFlag(flags []cli.Flag, arg string) cli.Flag {
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// set are those of the flags that the command line has, or the environment.
func (c *console) set(flags []cli.Flag) (out []string) {
	for _, f := range flags {
		typed := func(arg string) bool { return strings.HasPrefix(arg, "-") && findFlag([]cli.Flag{f}, arg) != nil }
		doc, documented := f.(cli.DocGenerationFlag)
		yes, is := f.(*cli.BoolFlag)
		switch {
		case is && !*yes.Destination: // false is as good as nothing
		case slices.ContainsFunc(c.given, typed):
			out = append(out, dashed(f.Names()[0]))
		case documented && c.has(doc.GetEnvVars()[0]):
			out = append(out, doc.GetEnvVars()[0])
		}
	}
	return out
}

func takesValue(f cli.Flag) bool {
	doc, ok := f.(cli.DocGenerationFlag)
	return ok && doc.TakesValue()
}

// isOneOf reports whether a word is among words.
func isOneOf(word, words string) bool { return slices.Contains(strings.Fields(words), word) }

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
