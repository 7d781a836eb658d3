package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// sortArguments puts global flags first, then the command, its flags and its inputs, so that a flag may stand
// anywhere. Nothing after "--" moves. What it does not know stays a flag of the command, for the parser to refuse.
func sortArguments(app *cli.App, args []string) []string {
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
					return args
				}
				continue
			}
			inputs = append(inputs, arg)
		default:
			flag, own := lookupFlag(app, command, arg)
			if own && flag == cli.HelpFlag {
				return []string{command.Name, "--help"}
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
		return args
	}
	return slices.Concat(global, []string{command.Name}, ours, []string{"--"}, inputs)
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

// givenFlags returns the flags of a command as they were given on the command line, for typing them again. That of the
// consent is left out, and what comes from the environment.
func givenFlags(c *cli.Context) []string {
	given := c.LocalFlagNames() // it names what comes from the environment once more
	var out []string
	for _, flag := range c.Command.Flags {
		name, times := flag.Names()[0], 0
		for _, other := range given {
			if other == name {
				times++
			}
		}
		if flag.IsSet() { // by the environment
			times--
		}
		if name == "auto-approve" || times <= 0 {
			continue
		}
		switch flag.(type) {
		case *cli.BoolFlag:
			out = append(out, "--"+name)
		case *cli.StringSliceFlag:
			for _, value := range c.StringSlice(name) {
				out = append(out, "--"+name, value)
			}
		default:
			out = append(out, "--"+name, fmt.Sprint(c.Value(name)))
		}
	}
	return out
}
