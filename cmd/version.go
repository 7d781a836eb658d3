package cmd

import (
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"clusterctl/cmd/render"
	"clusterctl/plan"
)

func versionCommand(s *session) *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "print the version",
		ArgsUsage:   " ",
		Description: "Prints the version of clusterctl and of the formats it writes. It speaks to no server.",
		Flags:       []cli.Flag{formatFlag("text", "json")},
		Action: func(c *cli.Context) error {
			format, err := formatOf(c, "text", "json")
			if err != nil {
				return err
			}
			return version(s, format)
		},
	}
}

func version(s *session, format string) error {
	if format == "json" {
		return render.JSON(s.Out, struct {
			Format  int    `json:"format_version"`
			Version string `json:"version"`
			Go      string `json:"go"`
			OS      string `json:"os"`
			Arch    string `json:"arch"`
			Plan    int    `json:"plan_format"`
			Events  int    `json:"events_format"`
		}{1, s.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, plan.Format, render.EventsFormat})
	}
	_, err := fmt.Fprintf(s.Out, "clusterctl %s (%s, %s/%s)\n", s.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
