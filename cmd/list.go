package cmd

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/schema"
)

func listCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "list the instances with the member that each is on",
		ArgsUsage: "[FILE | DIR | -]...",
		Description: `Lists the instances of all projects, or of one, with the member that each is on. It reads the cluster's
database, so instances of members that are offline are listed, too. It changes nothing.

Exit code 0: done. 8: the cluster cannot be reached.`,
		Flags: append(lookCommandFlags("text", "json"),
			&cli.StringFlag{Name: "project", EnvVars: env("project"), Usage: "list the instances of this `PROJECT` only"},
			&cli.StringFlag{Name: "member", EnvVars: env("member"), Usage: "list the instances on this `MEMBER` only"}),
		Action: func(c *cli.Context) error {
			flags, err := lookFlagsOf(c, "text", "json")
			if err != nil {
				return err
			}
			return list(c.Context, s, flags, c.String("project"), c.String("member"), c.Args().Slice())
		},
	}
}

func list(ctx context.Context, s *session, flags lookFlags, project, member string, names []string) (err error) {
	at, err := s.seek(ctx, flags, names)
	if err != nil {
		return err
	}
	defer closing(at.backend, &err)
	live, err := readLive(ctx, s, at.backend, flags.reach)
	if err != nil {
		return err
	}
	if project != "" {
		if _, ok := live.Get(schema.Ref{Kind: schema.KindProject, Name: project}); !ok {
			return fail(ExitError, nearName(live, schema.Ref{Kind: schema.KindProject, Name: project}), fmt.Errorf("the cluster has no project %s", project))
		}
	}
	if _, ok := live.Facts.Members[member]; member != "" && !ok {
		return fail(ExitError, "It has "+strings.Join(live.Facts.MemberOrder(), ", ")+".", fmt.Errorf("the cluster has no member %s", member))
	}
	instances := instancesOf(live)
	instances = slices.DeleteFunc(instances, func(i render.Instance) bool {
		return project != "" && i.Project != project || member != "" && i.Member != member
	})
	if flags.format == "json" {
		return render.JSON(s.Out, render.Instances{Format: render.ObjectFormat, Instances: instances})
	}
	return render.InstancesText(s.Out, instances)
}

// instancesOf returns the instances by project and name.
func instancesOf(live schema.Cluster) []render.Instance {
	out := []render.Instance{}
	for _, o := range live.OfKind(schema.KindInstance) {
		out = append(out, render.Instance{Project: cmp.Or(o.Ref.Project, schema.DefaultProject), Name: o.Ref.Name,
			Member: strings.Join(o.MemberNames(), ","), Type: o.Attrs["type"], Running: o.Attrs["running"] == "true",
			Profiles: schema.JSONTexts(o.Attrs["profiles"])})
	}
	return out
}
