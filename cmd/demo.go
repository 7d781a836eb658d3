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
	"clusterctl/drivers"
	"clusterctl/drivers/sandbox"
	"clusterctl/plan"
	"clusterctl/schema/preseed"
)

//go:embed demo.yaml
var demoPreseed string

func demoCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:      "demo",
		Usage:     "show in a few seconds what clusterctl does, on pretended servers",
		ArgsUsage: " ",
		Description: `Forms a cluster of three pretended servers from an example preseed, looks at it, changes it behind
clusterctl's back and finds that. It needs no root and no network, and writes only below a temporary
folder that it removes.`,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return fail(ExitUsage, "", fmt.Errorf("demo takes no %q", c.Args().First()))
			}
			return demo(c.Context, s)
		},
	}
}

// demo is one run of the command: its own session, in a world of its own.
func demo(ctx context.Context, s *session) (err error) {
	world, err := sandbox.Start(ctx, sandbox.Config{})
	if err != nil {
		return err
	}
	defer closing(world, &err)
	inside := *s
	inside.LookupHost = lookupAnything
	inside.Open = func(_ context.Context, t Target) (drivers.Backend, error) { return connectSandbox(world, t), nil }
	d := demonstration{session: &inside, inputs: []preseed.Input{{Name: "preseed.yaml", Data: []byte(demoPreseed)}},
		reach: reach{timeout: time.Minute, parallelism: 10}}
	return d.run(ctx, world)
}

type demonstration struct {
	*session
	inputs []preseed.Input
	reach  reach
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
		{"Nothing is kept beside the cluster: a second plan reads it again and is empty.", "clusterctl plan preseed.yaml", d.plan},
		{"Now somebody changes a network by hand, behind the file's back:", "lxc network set lxdbr0 ipv4.nat=false ipv4.address=10.0.3.1/24",
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
	fmt.Fprint(d.Out, demoEnd)
	return nil
}

const demoEnd = `
  clusterctl apply examples/three-members.yaml --sandbox     your own pretended cluster, kept between commands
  clusterctl sandbox fault offline node3                     break it, then plan again
  clusterctl schema                                          everything that a preseed may say
  clusterctl plan preseed.yaml                               your real servers; a plan changes nothing
`

func (d demonstration) say(text string)     { fmt.Fprintf(d.Out, "\n%s\n", d.emphasis(text)) }
func (d demonstration) command(line string) { fmt.Fprintf(d.Out, "\n  $ %s\n\n", line) }

// emphasis makes the story stand out between the outputs.
func (d demonstration) emphasis(text string) string {
	if !d.color {
		return "# " + text
	}
	return "\x1b[1;36m# " + text + "\x1b[0m"
}

func (d demonstration) plan(ctx context.Context) error {
	w, err := desired(ctx, d.session, d.inputs)
	if err != nil {
		return err
	}
	return d.look(ctx, w)
}

func (d demonstration) look(ctx context.Context, w *wish) (err error) {
	v, err := lookAt(ctx, d.session, w, d.reach, plan.Options{})
	if err != nil {
		return err
	}
	defer closing(v.backend, &err)
	return printPlan(d.session, "text", v)
}

func (d demonstration) apply(ctx context.Context) error {
	// The plan was shown just before, only the steps are news; one after the other they read best.
	paint := render.Color(d.color)
	quiet := quietPlan{&textReport{session: d.session, paint: paint, EventsText: render.NewEventsText(d.Out, paint, true)}}
	one := reach{timeout: d.reach.timeout, parallelism: 1}
	run := applyRun{session: d.session, flags: applyFlags{reach: one, approve: true}, names: []string{"preseed.yaml"}, report: quiet}
	if err := run.preseed(ctx, d.inputs); err != nil {
		return err
	}
	quiet.ended(run.result, nil)
	return nil
}

// quietPlan leaves out the plan.
type quietPlan struct{ applyReport }

func (quietPlan) plan(*survey) {}

func (d demonstration) status(ctx context.Context) (err error) {
	w, err := desired(ctx, d.session, d.inputs)
	if err != nil {
		return err
	}
	want := w.want
	backend, err := d.Open(ctx, d.target(want.Members, want.Bootstrap, secretsOf(d.Streams, want), d.reach))
	if err != nil {
		return err
	}
	defer closing(backend, &err)
	found, err := observe(ctx, d.session, sight{want: want, backend: backend}, d.reach)
	if err != nil {
		return err
	}
	return render.StatusText(d.Out, render.Color(d.color), found)
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
