package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/urfave/cli/v2"

	"clusterctl/schema/emit"
)

type exportFlags struct {
	lookFlags
	out   string
	force bool
}

func exportCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "write the running cluster as a preseed",
		ArgsUsage: "[FILE | DIR | -]...",
		Description: `Reads the cluster and writes all of it as one preseed with comments. Planned again it has no changes, so
it is how a cluster that was made by hand comes under clusterctl. It changes nothing on the cluster.

Values that are defaults and what LXD notes for itself are left out. What cannot be read, such as a trust password, is
named in a comment. Members are reached as the files say, or as --connect says for that one; the others get the usual
ssh://root@HOST. Two exports of the same cluster are the same, byte for byte.

Exit code 0: done. 8: the cluster cannot be reached.`,
		Flags: append(lookCommandFlags("text"),
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, EnvVars: env("out"), Usage: "write to `FILE` instead of standard output"},
			&cli.BoolFlag{Name: "force", EnvVars: env("force"), DisableDefaultText: true, Usage: "overwrite the file of --out"}),
		Action: func(c *cli.Context) error {
			flags := exportFlags{out: c.String("out"), force: c.Bool("force")}
			var err error
			if flags.lookFlags, err = lookFlagsOf(c, "text"); err != nil {
				return err
			}
			return export(c.Context, s, flags, c.Args().Slice())
		},
	}
}

func export(ctx context.Context, s *session, flags exportFlags, names []string) (err error) {
	if err := writable(flags); err != nil {
		return err
	}
	at, err := s.seek(ctx, flags.lookFlags, names)
	if err != nil {
		return err
	}
	defer closing(at.backend, &err)
	live, err := readLive(ctx, s, at.backend, flags.reach)
	if err != nil {
		return err
	}
	if !live.Facts.Clustered {
		return fail(ExitError, "LXD itself writes the preseed of a single server: lxd init --dump", errors.New("the server is not part of a cluster"))
	}
	text := emit.Export(s.reg, live, at.want.Members)
	if flags.out == "" {
		_, err = s.Out.Write(text)
		return err
	}
	if err := os.WriteFile(flags.out, text, 0o644); err != nil { // it has no secrets
		return fmt.Errorf("writing the export: %w", err)
	}
	fmt.Fprintf(s.Out, "Written to %s. It should have no changes: clusterctl plan %s\n", flags.out, quoted([]string{flags.out}))
	return nil
}

// writable refuses to overwrite a file before anything is read.
func writable(flags exportFlags) error {
	if flags.out == "" || flags.force {
		return nil
	}
	_, err := os.Stat(flags.out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("writing the export: %w", err)
	}
	return fail(ExitUsage, "Name another file, or add --force.", fmt.Errorf("%s is there already", flags.out))
}
