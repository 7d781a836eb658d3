package cmd

import (
	"context"
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
	"clusterctl/plan"
)

func versionCommand(c *console) *cli.Command {
	return c.command("version", func(context.Context, []string) error {
		c.print(struct {
			Format  int    `json:"format_version"`
			Version string `json:"version"`
			Go      string `json:"go"`
			OS      string `json:"os"`
			Arch    string `json:"arch"`
			Plan    int    `json:"plan_format"`
			Events  int    `json:"events_format"`
		}{1, c.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, plan.Format, session.EventsFormat}, func() {
			fmt.Fprintf(c.Out, "clusterctl %s (%s, %s/%s)\n", c.Version, runtime.Version(), runtime.GOOS,
				runtime.GOARCH)
		})
		return nil
	}, c.formats("text", "json"))
}
