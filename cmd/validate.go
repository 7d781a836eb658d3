package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/schema"
)

type validateFlags struct {
	format  string
	resolve bool
	// server is what to judge for; unknown stands for LXD 5.0.2.
	server schema.Flavour
}

func validateCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "validate",
		Usage:     "check a preseed without touching anything",
		ArgsUsage: "[FILE | DIR | -]...",
		Description: `Reads the preseed and lists everything that is wrong with it, each with line, column and a fix.
It speaks to no server, so it can run anywhere and on every push. It judges for LXD 5.0.2; --server incus-6.0.4 for Incus.
plan and apply see what runs on the members.

Exit code 0: valid (there may be warnings). 3: not valid.`,
		Flags: []cli.Flag{
			formatFlag("text", "json"),
			&cli.StringFlag{Name: "server", EnvVars: env("server"), Usage: "judge for `PRODUCT-VERSION`, such as incus-6.0.4; LXD is judged as lxd-5.0.2"},
			&cli.BoolFlag{Name: "resolve", EnvVars: env("resolve"), DisableDefaultText: true,
				Usage: "also look up the host names of the members, as plan and apply do; needs a network"},
		},
		Action: func(c *cli.Context) error {
			format, err := formatOf(c, "text", "json")
			if err != nil {
				return err
			}
			server, err := parseFlavour(c.String("server"))
			if err != nil {
				return err
			}
			return validate(c.Context, s, validateFlags{format: format, resolve: c.Bool("resolve"), server: server}, c.Args().Slice())
		},
	}
}

func validate(ctx context.Context, s *session, flags validateFlags, names []string) error {
	inputs, err := readInputs(s.In, names)
	if err != nil {
		return err
	}
	want, found, err := decodeFor(s, s.judging(flags.server), inputs)
	if err != nil {
		return err
	}
	if flags.resolve && !found.Has(schema.SeverityError) {
		found = append(found, resolve(ctx, s.LookupHost, want)...).Sorted()
	}
	if flags.format == "json" {
		if err := render.DiagnosticsJSON(s.Out, found); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	} else {
		render.Diagnostics(s.Out, render.Color(s.color), found)
		if len(found) > 0 {
			fmt.Fprintln(s.Out)
		}
		fmt.Fprintln(s.Out, verdict(s.reg, want, found))
		if other, fewer, err := decode(s, inputs); flags.server.Product == "" && err == nil && other.Judged != want.Judged && errorsIn(fewer) == 0 {
			fmt.Fprintf(s.Out, "For Incus it is valid: clusterctl validate --server incus-%s\n", schema.JudgedIncus.Version)
		}
	}
	if found.Has(schema.SeverityError) {
		return silent(ExitInvalid)
	}
	return nil
}

// verdict is the last line: "valid: 3 members, 2 storage pools", or how much is wrong.
func verdict(reg schema.Registry, want schema.Preseed, found schema.Diagnostics) string {
	errs, warnings := 0, 0
	for _, d := range found {
		switch d.Severity {
		case schema.SeverityError:
			errs++
		case schema.SeverityWarning:
			warnings++
		}
	}
	if errs > 0 {
		return "not valid: " + counted(errs, "error") + ", " + counted(warnings, "warning")
	}
	var parts []string
	if n := len(want.Members); n > 0 {
		parts = append(parts, counted(n, "member"))
	}
	for _, kind := range reg.All() {
		n := len(want.Want.OfKind(kind.Name))
		if n > 0 && kind.Name != schema.KindMember && kind.Name != schema.KindServer {
			parts = append(parts, counted(n, kind.Title))
		}
	}
	if warnings > 0 {
		parts = append(parts, counted(warnings, "warning"))
	}
	if len(parts) == 0 {
		return "valid"
	}
	return "valid: " + strings.Join(parts, ", ")
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
