package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
	"clusterctl/schema"
)

// completeCommand is what the scripts of the shells call: it prints what may stand in place of the last word, one a
// line, each with a tab and what it is. A line ":files" stands for the names of files. It reads preseeds and the
// journal, and asks no server. What is wrong with them is no matter here: then there is less to choose from.
func completeCommand(c *console) *cli.Command {
	return &cli.Command{Name: "complete", Hidden: true, HideHelp: true, Action: func(ctx *cli.Context) error {
		for _, line := range c.complete(ctx.Context, ctx.Args().Slice()) {
			fmt.Fprintln(c.Out, line)
		}
		return nil
	}}
}

func (c *console) complete(ctx context.Context, words []string) []string {
	t, current := c.typed(words)
	prefix := ""
	if name, value, is := strings.Cut(current, "="); is && takesValue(c.flagOf(t, name)) {
		t.open, current, prefix = c.flagOf(t, name), value, name+"="
	}
	var out []string
	for _, word := range c.candidates(ctx, t, current) {
		if word == files || strings.HasPrefix(word, current) {
			out = append(out, prefix+word)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// typed takes the words apart up to the one that is completed. Bash makes words of their own of = in a word.
func (c *console) typed(words []string) (t typed, current string) {
	if len(words) == 0 {
		words = []string{""}
	}
	if n := len(words); words[n-1] == "=" {
		words[n-1] = ""
	}
	words = slices.DeleteFunc(words, func(word string) bool { return word == "=" })
	last := len(words) - 1
	return takeApart(c.app, words[:last]), words[last]
}

func (c *console) flagOf(t typed, name string) cli.Flag {
	flag, _ := t.path.flag(c.app, name)
	return flag
}

// files stands for whatever files there are: the shell knows them.
const files = ":files"

func (c *console) candidates(ctx context.Context, t typed, current string) []string {
	command := t.path.command
	switch {
	case t.open != nil:
		return c.valuesOf(ctx, t)
	case strings.HasPrefix(current, "-"):
		var out []string
		for _, f := range slices.Concat(t.path.flags(), c.app.Flags) {
			for _, name := range names(f) {
				out = append(out, name+"\t"+usageOf(f))
			}
		}
		return out
	case command == nil:
		return described(visible(c.app))
	case len(command.Subcommands) > 0:
		return described(command.Subcommands)
	}
	return c.argumentsOf(ctx, t)
}

func described(commands []*cli.Command) []string {
	return schema.Map(commands, func(c *cli.Command) string { return c.Name + "\t" + c.Usage })
}

// argumentsOf are what may stand for an argument: the first of some commands is no file.
func (c *console) argumentsOf(ctx context.Context, t typed) []string {
	if name := strings.Join(t.path.names, " "); len(t.inputs) == 0 {
		switch name {
		case "explain":
			return knownWords(c.Registry)
		case "completion":
			return []string{"bash", "zsh", "fish"}
		case "journal":
			return c.runs()
		case "remove", "render":
			return c.named(ctx, t, schema.KindMember)
		case "show":
			return append(c.named(ctx, t, ""), c.kinds()...)
		case "sandbox fault":
			return append(session.Faults(), "heal", "restart")
		}
	}
	if strings.Contains(t.path.command.ArgsUsage, "FILE") {
		return []string{files}
	}
	return nil
}

// valuesOf are what may stand for the value of a flag, by the word that its help has for it.
func (c *console) valuesOf(ctx context.Context, t typed) []string {
	if known := c.values[t.open]; known != nil {
		return known
	}
	switch placeholder(t.open) {
	case "KIND":
		return schema.Map(c.Registry.All(), func(kind schema.Kind) string { return kind.Plural + "\t" + kind.Help })
	case "KIND/NAME":
		return append(c.named(ctx, t, ""), c.kinds()...)
	case "MEMBER":
		return c.named(ctx, t, schema.KindMember)
	case "PROJECT":
		return c.named(ctx, t, schema.KindProject)
	case "LEVEL":
		return []string{"off", "error", "warn", "info", "debug", "trace"}
	case "FILE", "DIR":
		return []string{files}
	}
	return nil
}

// kinds are the beginnings of KIND/NAME.
func (c *console) kinds() []string {
	return schema.Map(c.Registry.All(), func(kind schema.Kind) string { return string(kind.Name) + "/\t" + kind.Help })
}

// named are what the preseeds of the command line have of a kind, by their names, or of all, by KIND/NAME. Without a
// preseed the last run in the journal has the names of members.
func (c *console) named(ctx context.Context, t typed, kind schema.KindName) []string {
	var out []string
	inputs := t.inputs
	if words := t.path.names; len(words) == 1 && isOneOf(words[0], "remove render show") {
		inputs = inputs[min(1, len(inputs)):]
	}
	if read, err := c.Inputs(inputs); err == nil {
		if want, _, err := c.Decode(ctx, read); err == nil {
			out = schema.Map(want.Want.Refs(), func(ref schema.Ref) string { return wordFor(ref, kind) })
		}
	}
	if runs, err := session.Past(c.JournalDir(c.journal)); err == nil && len(out) == 0 && len(runs) > 0 {
		for _, member := range runs[len(runs)-1].Cluster {
			name, address, _ := strings.Cut(member, " ")
			out = append(out, wordFor(schema.Ref{Kind: schema.KindMember, Name: name}, kind)+"\t"+address)
		}
	}
	return out
}

// wordFor is how the reference is typed where only that kind is meant, or any.
func wordFor(ref schema.Ref, kind schema.KindName) string {
	switch kind {
	case "":
		return ref.String()
	case ref.Kind:
		return ref.Name
	}
	return ""
}

// runs are the names of the runs in the journal.
func (c *console) runs() []string {
	runs, err := session.Past(c.JournalDir(c.journal))
	if err != nil {
		return nil
	}
	return schema.Map(runs, func(r session.PastRun) string { return r.Name + "\t" + strings.Join(r.Words, " ") })
}
