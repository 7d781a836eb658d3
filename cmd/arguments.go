package cmd

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// sortArguments puts global flags first, then the command, its flags and its inputs, so that a flag may stand
// anywhere. Nothing after "--" moves. What it does not know stays a flag of the command, for the parser to refuse.
// It returns the command's own flags besides, without the consent, for typing them again.
func sortArguments(app *cli.App, args []string) (sorted, given []string) {
	var global, ours, inputs []string
	var path commandPath
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			inputs = append(inputs, args[i+1:]...)
			i = len(args)
		case len(arg) < 2 || arg[0] != '-':
			if len(inputs) == 0 && path.take(app, arg) {
				continue
			}
			if path.command == nil {
				return args, nil
			}
			inputs = append(inputs, arg)
		default:
			flag, own := path.flag(app, arg)
			if own && flag == cli.HelpFlag {
				return append(path.names, "--help"), nil
			}
			list := &ours
			if !own {
				list = &global
			}
			*list = append(*list, arg)
			if takesValue(flag) && !strings.Contains(arg, "=") && i+1 < len(args) {
				i++
				*list = append(*list, args[i])
			}
		}
	}
	if path.command == nil {
		return args, nil
	}
	given = slices.DeleteFunc(slices.Clone(ours), func(arg string) bool {
		return strings.HasPrefix(strings.TrimLeft(arg, "-"), "auto-approve")
	})
	if len(path.command.Subcommands) > 0 {
		ours = nil // nobody can say what they belong to: the command tells that a verb is missing
	}
	return slices.Concat(global, path.names, ours, []string{"--"}, inputs), given
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

func takesValue(f cli.Flag) bool {
	doc, ok := f.(cli.DocGenerationFlag)
	return ok && doc.TakesValue()
}
