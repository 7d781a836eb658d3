package cmd

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// sortArguments puts global flags first, then the command, its flags and its inputs, so that a flag may stand
// anywhere. Nothing after "--" moves. What it does not know stays a flag of the command, for the parser to refuse.
func sortArguments(app *cli.App, args []string) []string {
	var global, own, inputs []string
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
					return args
				}
				continue
			}
			inputs = append(inputs, arg)
		default:
			var flags []cli.Flag
			if command != nil {
				flags = command.Flags
			}
			list, known := &own, findFlag(flags, arg)
			if known == nil {
				if known = findFlag(app.Flags, arg); known != nil || command == nil {
					list = &global
				}
			}
			*list = append(*list, arg)
			if takesValue(known) && !strings.Contains(arg, "=") && i+1 < len(args) {
				i++
				*list = append(*list, args[i])
			}
		}
	}
	if command == nil {
		return args
	}
	sorted := append(global, command.Name)
	sorted = append(sorted, own...)
	return append(append(sorted, "--"), inputs...)
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
