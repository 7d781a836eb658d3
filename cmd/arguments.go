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
	var command *cli.Command
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			inputs = append(inputs, args[i+1:]...)
			i = len(args)
		case len(arg) < 2 || arg[0] != '-':
			if command == nil {
				if command = app.Command(arg); command == nil {
					return args, nil
				}
				continue
			}
			inputs = append(inputs, arg)
		default:
			flag, own := lookupFlag(app, command, arg)
			if own && flag == cli.HelpFlag {
				return []string{command.Name, "--help"}, nil
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
	if command == nil {
		return args, nil
	}
	given = slices.DeleteFunc(slices.Clone(ours), func(arg string) bool {
		return strings.HasPrefix(strings.TrimLeft(arg, "-"), "auto-approve")
	})
	return slices.Concat(global, []string{command.Name}, ours, []string{"--"}, inputs), given
}

// lookupFlag finds the flag that an argument names, nil for none, and whether it is the command's own: --help behind a
// command is, and so is what nobody knows.
func lookupFlag(app *cli.App, command *cli.Command, arg string) (flag cli.Flag, own bool) {
	if command != nil {
		if flag := findFlag(command.Flags, arg); flag != nil {
			return flag, true
		}
	}
	flag = findFlag(app.Flags, arg)
	return flag, command != nil && (flag == nil || flag == cli.HelpFlag)
}

func findFlag(flags []cli.Flag, arg string) cli.Flag {
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	for _, f := range flags {
		for _, n := range f.Names() {
			if n == name {
				return f
			}
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	doc, ok := f.(cli.DocGenerationFlag)
	return ok && doc.TakesValue()
}
