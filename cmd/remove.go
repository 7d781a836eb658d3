package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"clusterctl/plan"
	"clusterctl/schema"
)

type removeFlags struct {
	look            lookFlags
	apply           applyFlags
	force, evacuate bool
}

func removeCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "take one member out of the cluster",
		ArgsUsage: "MEMBER [FILE | DIR | -]...",
		Description: `Shows what will happen, asks, and removes the member. The files, or --connect, say how to reach the cluster;
nothing else of them counts. Afterwards the database's table of members and its Raft configuration are read.

A member that is online leaves cleanly: it must be empty, and becomes a standalone server. What still lives
on it is named. --evacuate moves its instances and then its custom volumes to other members first; what cannot
be moved is named before anything is done.

--force gives up a member that is dead: it is never asked, and what was on it is lost for LXD. This needs
consent by name, --allow-destroy member/NAME. The server must be wiped before it can come back.

In a preseed the same is 'state: absent' and 'state: lost'; take the member out of the files afterwards.`,
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{Name: "evacuate", EnvVars: env("evacuate"), DisableDefaultText: true, Usage: "move the member's instances and custom volumes to others first"},
			&cli.BoolFlag{Name: "force", EnvVars: env("force"), DisableDefaultText: true, Usage: "give up a member that is dead and will not come back"},
			autoApproveFlag(), allowDestroyFlag(),
		}, lockingFlags(), lookCommandFlags("text", "json")),
		Action: func(c *cli.Context) error {
			flags := removeFlags{force: c.Bool("force"), evacuate: c.Bool("evacuate")}
			var err error
			if flags.look, err = lookFlagsOf(c, "text", "json"); err != nil {
				return err
			}
			switch {
			case c.NArg() == 0:
				return fail(ExitUsage, "clusterctl remove MEMBER [FILE]...", errors.New("no member named"))
			case flags.force && flags.evacuate:
				return fail(ExitUsage, "A dead member cannot be evacuated.", errors.New("both --force and --evacuate"))
			}
			flags.apply = applyFlags{given: givenFlags(c), reach: flags.look.reach, format: flags.look.format, approve: c.Bool("auto-approve"), lock: lockFlagsOf(c), journal: journalDir(s, c.String("journal")),
				opts: plan.Options{AllowDestroy: c.StringSlice("allow-destroy"), Evacuate: flags.evacuate}}
			return removeMember(c.Context, s, flags, c.Args().First(), c.Args().Tail())
		},
	}
}

func autoApproveFlag() cli.Flag {
	return &cli.BoolFlag{Name: "auto-approve", EnvVars: env("auto-approve"), DisableDefaultText: true,
		Usage: "do not ask; needed where nobody can answer, such as in CI"}
}

func removeMember(ctx context.Context, s *session, flags removeFlags, name string, inputs []string) error {
	run := newApplyRun(s, flags.apply, slices.Concat([]string{"remove", name}, inputs), inputs)
	return run.end(run.remove(ctx, flags, name))
}

// remove plans the removal of the member as if the preseed said so and nothing else.
func (r *applyRun) remove(ctx context.Context, flags removeFlags, name string) (err error) {
	seen, err := r.seek(ctx, flags.look, r.names)
	if err != nil {
		return err
	}
	defer closing(seen.backend, &err)
	live, err := readLive(ctx, r.session, seen.backend, r.flags.reach)
	if err != nil {
		return err
	}
	if _, there := live.Facts.Members[name]; !there {
		return fail(ExitUsage, schema.DidYouMean(name, live.Facts.MemberOrder()), fmt.Errorf("the cluster has no member %q", name))
	}
	state := schema.StateAbsent
	if flags.force {
		state = schema.StateLost
	} else { // it was named on the command line, and loses nothing
		r.flags.opts.AllowDestroy = append(slices.Clone(r.flags.opts.AllowDestroy), "member/"+name)
	}
	v := r.operation(seen, live, schema.Object{Ref: schema.Ref{Kind: schema.KindMember, Name: name}, State: state})
	return r.whole(ctx, v)
}

// operation returns a survey that wants those objects and nothing else.
func (r *applyRun) operation(seen sight, live schema.Cluster, objects ...schema.Object) *survey {
	want := schema.Preseed{Want: schema.NewCluster(schema.Facts{}, objects...), Members: seen.want.Members, Bootstrap: seen.want.Bootstrap,
		Settings: seen.want.Settings, Files: seen.want.Files, Secrets: seen.want.Secrets}
	v := &survey{wish: &wish{want: want}, secrets: secretsOf(r.Streams, want), backend: seen.backend, operator: true}
	v.planFrom(r.session, live, r.flags.opts)
	return v
}
