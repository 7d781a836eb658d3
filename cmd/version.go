package cmd

import (
	"context"
	_ "embed" // the licenses
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/session"
	"clusterctl/plan"
)

// licenses are those of the modules in the command; `task licenses` writes them.
//
//go:embed licenses.txt
var licenses string

func versionCommand(c *console) *cli.Command {
	var licensed bool
	return c.command("version", func(context.Context, []string) error {
		if licensed {
			fmt.Fprint(c.Out, licenses)
			return nil
		}
		c.print(struct {
			Format  int    `json:"format_version"`
			Version string `json:"version"`
			Go      string `json:"go"`
			OS      string `json:"os"`
			Arch    string `json:"arch"`
			Plan    int    `json:"plan_format"`
			Events  int    `json:"events_format"`
		}{1, c.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, plan.Format, session.EventsFormat}, func() {
			fmt.Fprintf(c.Out, "clusterctl %s (%s, %s/%s)\n", c.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		})
		return nil
	}, c.formats("text", "json"), yes(&licensed, "licenses", "print the licenses of all that is in the command"))
}
