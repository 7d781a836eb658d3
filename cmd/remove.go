package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"clusterctl/drivers"
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
on it is named. --evacuate moves its instances to other members first.

--force gives up a member that is dead: it is never asked, and what was on it is lost for LXD. This needs
consent by name, --allow-destroy member/NAME. The server must be wiped before it can come back.

In a preseed the same is 'state: absent' and 'state: lost'; take the member out of the files afterwards.`,
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{Name: "evacuate", EnvVars: env("evacuate"), DisableDefaultText: true, Usage: "move the member's instances to others first"},
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
	member, there := live.Facts.Members[name]
	if !there {
		return fail(ExitUsage, schema.DidYouMean(name, live.Facts.MemberOrder()), fmt.Errorf("the cluster has no member %q", name))
	}
	state := schema.StateAbsent
	if flags.force {
		state = schema.StateLost
	} else { // it was named on the command line, and loses nothing
		r.flags.opts.AllowDestroy = append(slices.Clone(r.flags.opts.AllowDestroy), "member/"+name)
	}
	v := r.operation(seen, live, schema.Object{Ref: schema.Ref{Kind: schema.KindMember, Name: name}, State: state})
	if err := r.whole(ctx, v); err != nil || r.result.Result != "applied" {
		return err
	}
	return r.leaveRaft(ctx, seen.backend, live, name, member.Address)
}

// operation returns a survey that wants those objects and nothing else.
func (r *applyRun) operation(seen sight, live schema.Cluster, objects ...schema.Object) *survey {
	want := schema.Preseed{Want: schema.NewCluster(schema.Facts{}, objects...), Members: seen.want.Members, Bootstrap: seen.want.Bootstrap,
		Settings: seen.want.Settings, Files: seen.want.Files, Secrets: seen.want.Secrets}
	v := &survey{want: want, secrets: secretsOf(r.Streams, want), backend: seen.backend, operator: true}
	v.planFrom(r.session, live, r.flags.opts)
	return v
}

// A removed member may stay in the Raft configuration for a moment, and one that led the database for good (measured on
// lxd 5.0.2): after raftPatience it is taken out, and raftLimit is how long all of it may take.
const (
	raftPatience = 4 * time.Second
	raftLimit    = 20 * time.Second
)

// leaveRaft sees to it that the database's Raft configuration does not have the removed member any more.
func (r *applyRun) leaveRaft(ctx context.Context, backend drivers.Backend, before schema.Cluster, name, address string) error {
	inspector, ok := backend.(drivers.Inspector)
	if !ok {
		return nil
	}
	took := false
	for began := r.Now(); ; {
		witness, has, known := raftHas(ctx, inspector, before, name, address)
		late := r.Now().Sub(began)
		switch {
		case known && !has:
			r.report.note(fmt.Sprintf("The database's Raft configuration, as %s knows it, does not have %s any more.", witness, name))
			return nil
		case known && late > raftLimit:
			return fail(ExitError, "On a member: lxd cluster remove-raft-node "+address,
				fmt.Errorf("%s is removed, but the database's Raft configuration still has %s", name, address))
		case late > raftLimit:
			r.report.note("The database's Raft configuration was not read: no member's dqlite can be asked from here.")
			return nil
		case known && late > raftPatience && !took:
			took = true
			if err := removeRaftEntry(ctx, backend, address); err != nil {
				r.report.note(fmt.Sprintf("LXD left %s in the database's Raft configuration; taking it out: %v", name, err))
			} else {
				r.report.note(fmt.Sprintf("LXD left %s in the database's Raft configuration; it has been taken out.", name))
			}
		}
		select {
		case <-ctx.Done():
			return fail(ExitInterrupted, "", fmt.Errorf("%s is removed; interrupted while looking at the Raft configuration", name))
		case <-time.After(time.Second):
		}
	}
}

// removeRaftEntry does what `lxd cluster remove-raft-node` does.
func removeRaftEntry(ctx context.Context, backend drivers.Backend, address string) error {
	api, err := backend.API(ctx, "")
	if err != nil {
		return err
	}
	_, err = api.Do(ctx, drivers.Call{Method: "DELETE", Path: "/internal/cluster/raft-node/" + address})
	return err
}

// raftHas asks the other members, the leader as far as they know one, whether the Raft configuration has the address.
func raftHas(ctx context.Context, inspector drivers.Inspector, before schema.Cluster, name, address string) (witness string, has, known bool) {
	for _, other := range before.Facts.MemberOrder() {
		if other == name {
			continue
		}
		raft, err := inspector.Raft(ctx, before.Facts.Members[other].Address)
		if err != nil || raft.Leader == "" {
			continue // the next one knows as well
		}
		for leader, m := range before.Facts.Members {
			if m.Address == raft.Leader && leader != other {
				if told, err := inspector.Raft(ctx, raft.Leader); err == nil {
					other, raft = leader, told
				}
				break
			}
		}
		return other, slices.ContainsFunc(raft.Members, func(m schema.RaftMember) bool { return m.Address == address }), true
	}
	return "", false, false
}
