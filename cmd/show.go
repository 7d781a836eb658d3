package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/schema"
	"clusterctl/schema/emit"
)

func showCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show one thing as the cluster has it",
		ArgsUsage: "KIND NAME | KIND/NAME | KIND/PROJECT/NAME [FILE | DIR | -]...",
		Description: `Prints a member, a pool, a network or anything else as the cluster has it: its configuration, its state, and
each member's part. Secrets are not shown. It changes nothing.

    clusterctl show member node1
    clusterctl show storage_pool/local preseed.yaml
    clusterctl show profile/web/default --connect ssh://root@10.55.60.171

Exit code 0: done. 1: there is no such thing. 8: the cluster cannot be reached.`,
		Flags: lookCommandFlags("text", "json"),
		Action: func(c *cli.Context) error {
			flags, err := lookFlagsOf(c, "text", "json")
			if err != nil {
				return err
			}
			what, names, err := whatToShow(s.reg, c.Args().Slice())
			if err != nil {
				return err
			}
			return show(c.Context, s, flags, what, names)
		},
	}
}

// whatToShow splits the arguments into what to show and the inputs. A first word without a slash is a kind, and the
// second the name.
func whatToShow(reg schema.Registry, args []string) (string, []string, error) {
	if len(args) == 0 {
		return "", nil, fail(ExitUsage, "For instance: clusterctl show member node1", errors.New("nothing named to show"))
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
	var kinds []string
	for _, kind := range reg.All() {
		kinds = append(kinds, string(kind.Name))
	}
	kind, _, _ := strings.Cut(word, "/")
	hint := strings.TrimSpace(schema.DidYouMean(kind, kinds) + " The kinds are " + strings.Join(kinds, ", ") + ".")
	return "", nil, fail(ExitUsage, hint, fmt.Errorf("nothing can be called %q", word))
}

func show(ctx context.Context, s *session, flags lookFlags, what string, names []string) (err error) {
	at, err := s.seek(ctx, flags, names)
	if err != nil {
		return err
	}
	defer closing(at.backend, &err)
	live, err := readLive(ctx, s, at.backend, flags.reach)
	if err != nil {
		return err
	}
	o, found := live.Meant(s.reg, what)
	if !found {
		ref, _ := schema.ParseRef(s.reg, what)
		return fail(ExitError, nearName(live, ref), fmt.Errorf("the cluster has no %s", ref))
	}
	if flags.format == "json" {
		return render.JSON(s.Out, struct {
			Format int `json:"format_version"`
			schema.Object
		}{render.ObjectFormat, o})
	}
	_, err = s.Out.Write(emit.EncodeObject(o))
	return err
}

// nearName says which object was probably meant.
func nearName(live schema.Cluster, ref schema.Ref) string {
	var names []string
	for _, o := range live.OfKind(ref.Kind) {
		names = append(names, o.Ref.String())
	}
	if len(names) == 0 {
		return fmt.Sprintf("It has nothing of the kind %s.", ref.Kind)
	}
	if near := schema.DidYouMean(ref.String(), names); near != "" {
		return near
	}
	return "It has " + strings.Join(names, ", ") + "."
}
