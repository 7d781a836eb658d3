package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

func completionCommand(c *console) *cli.Command {
	return c.command(cli.Command{
		Name:      "completion",
		Usage:     "print the completion script of a shell",
		ArgsUsage: "bash | zsh | fish",
		Description: `Prints a script that completes commands, flags and file names. It never asks a server.

bash:  source <(clusterctl completion bash)
zsh:   clusterctl completion zsh > "${fpath[1]}/_clusterctl"
fish:  clusterctl completion fish > ~/.config/fish/completions/clusterctl.fish`,
	},
		func(_ context.Context, args []string) error {
			write, ok := shells()[strings.Join(args, " ")]
			if !ok {
				return usage("The shells are bash, zsh and fish.", "no completion for %q", strings.Join(args, " "))
			}
			write(c.Out, c.app)
			return nil
		})
}

func shells() map[string]func(io.Writer, *cli.App) {
	return map[string]func(io.Writer, *cli.App){"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
}

// words are the flags of a command with the global ones, each with its dashes.
func words(app *cli.App, command *cli.Command) []string {
	var out []string
	for _, f := range append(append([]cli.Flag{}, command.Flags...), app.Flags...) {
		for _, name := range f.Names() {
			out = append(out, dashed(name))
		}
	}
	return out
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// visible are the commands that a person sees.
func visible(app *cli.App) []*cli.Command {
	var out []*cli.Command
	for _, c := range app.VisibleCommands() {
		if c.Name != "help" {
			out = append(out, c)
		}
	}
	return out
}

func bashCompletion(w io.Writer, app *cli.App) {
	var names []string
	var cases strings.Builder
	for _, c := range visible(app) {
		names = append(names, c.Name)
		fmt.Fprintf(&cases, "        %s) words='%s' ;;\n", c.Name, strings.Join(words(app, c), " "))
	}
	fmt.Fprintf(w, `# bash completion of clusterctl
_clusterctl() {
    local current=${COMP_WORDS[COMP_CWORD]} word command='' words=''
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in -*) ;; *) command=$word; break ;; esac
    done
    case $command in
        '') words='%s' ;;
        completion) words='bash zsh fish' ;;
%s    esac
    if [[ $current == -* || -z $command || $command == completion ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -o filenames -F _clusterctl clusterctl
`, strings.Join(names, " "), strings.Replace(cases.String(), "        completion) words=''", "", 1))
}

func zshCompletion(w io.Writer, app *cli.App) {
	var list, cases strings.Builder
	for _, c := range visible(app) {
		fmt.Fprintf(&list, "    '%s:%s'\n", c.Name, zshText(c.Usage))
		fmt.Fprintf(&cases, "    %s) _arguments", c.Name)
		for _, f := range append(append([]cli.Flag{}, c.Flags...), app.Flags...) {
			for _, name := range f.Names() {
				value := ""
				if takesValue(f) {
					value = ":value:_files"
				}
				fmt.Fprintf(&cases, " '%s[%s]%s'", dashed(name), zshText(usageOf(f)), value)
			}
		}
		if c.Name == "completion" {
			cases.WriteString(" '*:shell:(bash zsh fish)' ;;\n")
		} else {
			cases.WriteString(" '*:file:_files' ;;\n")
		}
	}
	fmt.Fprintf(w, `#compdef clusterctl
local -a commands
commands=(
%s)
if (( CURRENT == 2 )); then
    _describe command commands
    return
fi
local command=$words[2]
shift words
(( CURRENT-- ))
case $command in
%sesac
`, list.String(), cases.String())
}

// zshText leaves out what ends a description or a quoted word.
func zshText(text string) string {
	return strings.NewReplacer("'", "", "[", "(", "]", ")", ":", ",", "`", "").Replace(text)
}

func fishCompletion(w io.Writer, app *cli.App) {
	var b strings.Builder
	b.WriteString("# fish completion of clusterctl\n")
	for _, c := range visible(app) {
		fmt.Fprintf(&b, "complete -c clusterctl -n __fish_use_subcommand -f -a %s -d '%s'\n", c.Name, fishText(c.Usage))
		for _, f := range append(append([]cli.Flag{}, c.Flags...), app.Flags...) {
			fmt.Fprintf(&b, "complete -c clusterctl -n '__fish_seen_subcommand_from %s'", c.Name)
			for _, name := range f.Names() {
				option := "-l"
				if len(name) == 1 {
					option = "-s"
				}
				fmt.Fprintf(&b, " %s %s", option, name)
			}
			if takesValue(f) {
				b.WriteString(" -r")
			}
			fmt.Fprintf(&b, " -d '%s'\n", fishText(usageOf(f)))
		}
	}
	b.WriteString("complete -c clusterctl -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n")
	fmt.Fprint(w, b.String())
}

func fishText(text string) string {
	return strings.NewReplacer("'", "", "`", "", `\`, "").Replace(text)
}

// usageOf is the help text of a flag, without the marks around its value.
func usageOf(f cli.Flag) string {
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return ""
	}
	return strings.ReplaceAll(doc.GetUsage(), "`", "")
}
