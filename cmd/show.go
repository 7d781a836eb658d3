package cmd

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/schema"
	"clusterctl/schema/emit"
)

func showCommand(c *console) *cli.Command {
	return c.command("show", func(ctx context.Context, args []string) error {
		what, names, err := whatToShow(c.Registry, args)
		if err != nil {
			return err
		}
		o, err := c.Object(ctx, c.at(names), what)
		if err != nil {
			return err
		}
		c.print(struct {
			Format int `json:"format_version"`
			schema.Object
		}{objectFormat, o}, func() { _, _ = c.Out.Write(emit.EncodeObject(o)) })
		return nil
	}, c.look("text", "json"))
}

// objectFormat is the version of the JSON that show and list write.
const objectFormat = 1

// whatToShow splits the arguments into what to show and the inputs. A first word without a slash is a kind, and the
// second the name.
func whatToShow(reg schema.Registry, args []string) (string, []string, error) {
	if len(args) == 0 {
		return "", nil, usage("For instance: clusterctl show member node1", "nothing named to show")
	}
	word, names := args[0], args[1:]
	server, _ := reg.Kind(schema.KindServer)
	switch {
	case word == server.Plural || word == string(server.Name):
		word += "/" + schema.ServerName // there is one
	case !strings.Contains(word, "/") && len(names) > 0:
		word, names = word+"/"+names[0], names[1:]
	}
	if _, ok := schema.ParseRef(reg, word); ok {
		return word, names, nil
	}
	kinds := schema.Map(reg.All(), func(kind schema.Kind) string { return string(kind.Name) })
	kind, _, _ := strings.Cut(word, "/")
	hint := strings.TrimSpace(schema.DidYouMean(kind, kinds) + " The kinds are " + strings.Join(kinds, ", ") + ".")
	return "", nil, usage(hint, "nothing can be called %q", word)
}
