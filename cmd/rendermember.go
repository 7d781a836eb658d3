package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/schema"
	"clusterctl/schema/emit"
)

type renderFlags struct {
	reach
	all, secrets, offline bool
	dir                   string
	server                schema.Flavour
}

func renderCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "render",
		Usage:     "print what `lxd init --preseed` is to be given on a member",
		ArgsUsage: "MEMBER [FILE | DIR | -]...",
		Description: `Prints the document that makes one server what the preseed says, without clusterctl on the way:

    clusterctl render node1 | ssh root@node1 lxd init --preseed

For the member that bootstraps it has everything; for the others it has the section cluster, with the
certificate of the cluster. Instead of a secret it has a placeholder, and says so on standard error;
a joining member without a password in the preseed needs a token, which nobody mints here.
What lxd init has no key for, such as groups and instances, is named in comments: apply sets it.

It reads the cluster, if there is one, for its certificate and version, and changes nothing.`,
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "all", EnvVars: env("all"), DisableDefaultText: true, Usage: "write one file for each member into --dir; all arguments are inputs"},
			&cli.StringFlag{Name: "dir", Aliases: []string{"d"}, EnvVars: env("dir"), Usage: "write to `DIR`/MEMBER.yaml instead of standard output"},
			&cli.BoolFlag{Name: "show-secrets", EnvVars: env("show-secrets"), DisableDefaultText: true, Usage: "write secrets instead of placeholders; files are then readable by their owner only"},
			&cli.BoolFlag{Name: "offline", EnvVars: env("offline"), DisableDefaultText: true, Usage: "speak to no server; the certificate of the cluster is a placeholder"},
			&cli.StringFlag{Name: "server", EnvVars: env("server"), Usage: "write for `PRODUCT-VERSION`, such as lxd-5.0.2 or incus-6.0.4, whatever runs there"},
		}, reachFlags()...),
		Action: func(c *cli.Context) error {
			flags := renderFlags{all: c.Bool("all"), secrets: c.Bool("show-secrets"), offline: c.Bool("offline"), dir: c.String("dir")}
			var err error
			if flags.reach, err = reachOf(c); err != nil {
				return err
			}
			if flags.server, err = parseFlavour(c.String("server")); err != nil {
				return err
			}
			names := c.Args().Slice()
			switch {
			case flags.all && flags.dir == "":
				return fail(ExitUsage, "Name the directory: --all --dir DIR", errors.New("--all writes files"))
			case flags.all:
				return renderMembers(c.Context, s, flags, "", names)
			case len(names) == 0:
				return fail(ExitUsage, "clusterctl render MEMBER [FILE]..., or --all --dir DIR", errors.New("no member named"))
			}
			return renderMembers(c.Context, s, flags, names[0], names[1:])
		},
	}
}

func parseFlavour(text string) (schema.Flavour, error) {
	if text == "" {
		return schema.Flavour{}, nil
	}
	product, version, _ := strings.Cut(text, "-")
	if p := schema.Product(product); (p == schema.LXD || p == schema.Incus) && version != "" {
		return schema.Flavour{Product: p, Version: version}, nil
	}
	return schema.Flavour{}, fail(ExitUsage, "Write lxd-5.0.2 or incus-6.0.4.", fmt.Errorf("no server %q", text))
}

// renderMembers writes the documents of one member, or of all when the name is empty.
func renderMembers(ctx context.Context, s *session, flags renderFlags, name string, inputs []string) error {
	read, err := readInputs(s.In, inputs)
	if err != nil {
		return err
	}
	want, found, err := decode(s, read)
	if err != nil {
		return err
	}
	want, more := withCertificates(want, s.readFile)
	if found = append(found, more...); found.Has(schema.SeverityError) {
		newTextReport(s).invalid(found)
		return fail(ExitInvalid, "", errInvalid)
	}
	options := initOptions(ctx, s, flags, want)
	for _, m := range want.Members {
		if !flags.all && m.Name != name || flags.all && leaving(want, m.Name) {
			continue
		}
		doc, err := emit.EncodeInit(s.judging(options.Server), want, m.Name, options)
		if err != nil {
			return fail(ExitUsage, "", err)
		}
		if err := writeDocument(s, flags, options.Server, doc); err != nil {
			return err
		}
	}
	if names := memberNames(want.Members); !flags.all && !strings.Contains(" "+strings.Join(names, " ")+" ", " "+name+" ") {
		return fail(ExitUsage, schema.DidYouMean(name, names), fmt.Errorf("the preseed has no member %q", name))
	}
	return nil
}

func memberNames(members []schema.Member) []string {
	var names []string
	for _, m := range members {
		names = append(names, m.Name)
	}
	return names
}

// initOptions asks the cluster for what only it knows. One that is not there yet, or cannot be reached, leaves
// placeholders.
func initOptions(ctx context.Context, s *session, flags renderFlags, want schema.Preseed) emit.InitOptions {
	secrets := secretsOf(s.Streams, want)
	options := emit.InitOptions{Server: flags.server}
	if flags.secrets {
		options.Secret = func(name string) (string, bool) {
			value, err := secrets.Secret(name)
			if err != nil {
				fmt.Fprintf(s.Err, "Note: %v\n", err)
			}
			return value, err == nil
		}
	}
	if flags.offline {
		return options
	}
	facts, err := readFacts(ctx, s, want, secrets, flags.reach)
	if err != nil {
		fmt.Fprintf(s.Err, "Note: the cluster was not asked: %v\n", err)
		return options
	}
	if options.Server.Product == "" {
		options.Server = facts.Flavour
	}
	if facts.Clustered {
		options.Certificate, options.Entrance = facts.Certificate, facts.Members[facts.Leader].Address
	}
	return options
}

func readFacts(ctx context.Context, s *session, want schema.Preseed, secrets secretSource, r reach) (_ schema.Facts, err error) {
	backend, err := s.Open(ctx, s.target(want.Members, want.Bootstrap, secrets, r))
	if err != nil {
		return schema.Facts{}, err
	}
	defer closing(backend, &err)
	live, err := readLive(ctx, s, backend, r)
	return live.Facts, err
}

// renderedMark begins every document for servers of that flavour, so that an older one can be told from a file of somebody's
// own.
func renderedMark(server schema.Flavour) string { return server.Words("# For lxd init --preseed on ") }

// isRendered reports whether a file was rendered, for whatever servers.
func isRendered(text []byte) bool {
	return bytes.HasPrefix(text, []byte(renderedMark(schema.JudgedLXD))) || bytes.HasPrefix(text, []byte(renderedMark(schema.JudgedIncus)))
}

func writeDocument(s *session, flags renderFlags, server schema.Flavour, doc emit.InitDocument) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s%s, made by clusterctl render.\n", renderedMark(server), doc.Member)
	for _, text := range doc.Missing {
		fmt.Fprintf(&out, "# Not in here: %s\n", text)
	}
	out.Write(doc.Text)
	for _, text := range doc.Placeholders {
		fmt.Fprintf(s.Err, "Note: %s: fill in %s\n", doc.Member, text)
	}
	if flags.dir == "" {
		_, err := s.Out.Write(out.Bytes())
		return err
	}
	mode := fs.FileMode(0o644)
	if flags.secrets {
		mode = 0o600
	}
	path := filepath.Join(flags.dir, doc.Member+".yaml")
	old, err := os.ReadFile(path)
	if err == nil && !isRendered(old) {
		return fail(ExitUsage, "Choose another --dir, or move the file away.", fmt.Errorf("%s is there and was not rendered; it is left as it is", path))
	}
	if err := errors.Join(os.MkdirAll(flags.dir, 0o755), writeAtomically(path, out.Bytes()), os.Chmod(path, mode)); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	fmt.Fprintln(s.Out, path)
	return nil
}
