package cmd

import (
	"context"
	_ "embed" // demo.yaml
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/cmd/session"
	"clusterctl/drivers"
	"clusterctl/drivers/sandbox"
	"clusterctl/plan"
	"clusterctl/schema/preseed"
)

//go:embed demo.yaml
var demoPreseed string

func demoCommand(c *console) *cli.Command {
	return c.command("demo", func(ctx context.Context, args []string) error {
		if len(args) > 0 {
			return usage("", "demo takes no %q", args[0])
		}
		return c.demo(ctx)
	})
}

// demo is one run of the command: its own session, in a world of its own.
func (c *console) demo(ctx context.Context) (err error) {
	world, err := sandbox.Start(ctx, sandbox.Config{})
	if err != nil {
		return err
	}
	defer session.Closing(world, &err)
	inside := *c
	s := *c.Session
	s.LookupHost, s.Rehearse = session.LookupAnything, true
	s.Open = func(_ context.Context, t Target) (drivers.Backend, error) {
		return session.ConnectSandbox(world, t), nil
	}
	s.Limits = session.Limits{Timeout: time.Minute, Parallelism: 10}
	inside.Session, inside.format = &s, "text"
	return demonstration{&inside, []preseed.Input{{Name: "preseed.yaml", Data: []byte(demoPreseed)}}}.run(ctx, world)
}

type demonstration struct {
	*console
	inputs []preseed.Input
}

func (d demonstration) run(ctx context.Context, world *sandbox.World) error {
	d.say("Three servers run LXD, each on its own. One file says what they shall become:")
	d.command("cat preseed.yaml")
	fmt.Fprint(d.Out, demoPreseed)
	for _, part := range []struct {
		text, command string
		run           func(context.Context) error
	}{
		{"What would have to be done? Nothing is touched yet:", "clusterctl plan preseed.yaml", d.plan},
		{"Do it:", "clusterctl apply preseed.yaml --auto-approve", d.apply},
		{"How is the cluster now?", "clusterctl status preseed.yaml", d.status},
		{"Nothing is kept beside the cluster: a second plan reads it again and is empty.",
			"clusterctl plan preseed.yaml", d.plan},
		{"Now somebody changes a network by hand, behind the file's back:",
			"lxc network set lxdbr0 ipv4.nat=false ipv4.address=10.0.3.1/24",
			func(ctx context.Context) error { return drift(ctx, world) }},
		{"The next plan finds it, and apply would set it right:", "clusterctl plan preseed.yaml", d.plan},
	} {
		d.say(part.text)
		d.command(part.command)
		if err := part.run(ctx); err != nil {
			return err
		}
	}
	d.say("That was a pretended cluster, and it is gone. To go on:")
	fmt.Fprintln(d.Out, helpText("demo-end.txt"))
	return nil
}

func (d demonstration) say(text string)     { fmt.Fprintf(d.Out, "\n%s\n", d.paint.Emphasis("# "+text)) }
func (d demonstration) command(line string) { fmt.Fprintf(d.Out, "\n  $ %s\n\n", line) }

// survey looks at the cluster beside the file.
func (d demonstration) survey(ctx context.Context, show func(v *session.Survey) error) (err error) {
	v, err := d.Survey(ctx, d.inputs, plan.Options{})
	if err != nil {
		return err
	}
	defer session.Closing(v, &err)
	return show(v)
}

func (d demonstration) plan(ctx context.Context) error { return d.survey(ctx, d.printPlan) }

func (d demonstration) apply(ctx context.Context) error {
	s := *d.Session
	s.Limits.Parallelism = 1 // one after the other they read best
	run := session.Run{Session: &s, Approve: true, Words: []string{"apply"}, Names: []string{"preseed.yaml"},
		Report: quietPlan{&textReport{d.console, render.NewEventsText(d.Out, d.paint, d.onlyEnds(), nil)}}}
	return run.ApplyInputs(ctx, d.inputs)
}

// onlyEnds is where the live lines go: what a demonstration leaves are the ends of the steps, off a terminal, too.
func (d demonstration) onlyEnds() render.Live {
	if live := d.live(); live != nil {
		return live
	}
	return unseen{}
}

// unseen shows no live lines.
type unseen struct{}

// Show implements render.Live.
func (unseen) Show(func() []string) (hide func()) { return func() {} }

// quietPlan leaves out the plan, which was shown just before: only the steps are news.
type quietPlan struct{ *textReport }

func (quietPlan) Tell(any) {}

func (d demonstration) status(ctx context.Context) error {
	return d.survey(ctx, func(v *session.Survey) error {
		found, err := v.Status(ctx, d.Session)
		if err == nil {
			render.StatusText(d.Out, d.paint, found)
		}
		return err
	})
}

// drift changes the cluster as somebody with lxc would.
func drift(ctx context.Context, world *sandbox.World) error {
	client := world.Client(world.Members()[0].Name)
	req, err := http.NewRequestWithContext(ctx, http.MethodPatch, "http://lxd/1.0/networks/lxdbr0",
		strings.NewReader(`{"config": {"ipv4.nat": "false", "ipv4.address": "10.0.3.1/24"}}`))
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end, or not needed
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body) // the status says enough
		return errors.New("the sandbox refused the drift: " + string(text))
	}
	return nil
}
