package cmd

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// pager shows what a command prints a page at a time, as git does. It begins with the first thing that is printed.
type pager struct {
	*console
	line  string
	to    io.Writer // past it, when it cannot run
	pipe  io.WriteCloser
	shows *exec.Cmd
}

// paging lets those of these names print through a pager.
func (c *console) paging(commands []*cli.Command, names ...string) []*cli.Command {
	for _, command := range commands {
		if !slices.Contains(names, command.Name) {
			continue
		}
		command.Before = func(*cli.Context) error {
			if line := c.pagerLine(); line != "" {
				c.out.Writer = &pager{console: c, line: line, to: c.out.Writer}
			}
			return nil
		}
	}
	return commands
}

// pagerLine is the command of the pager; empty for none: where nobody sits, or who does wants none.
func (c *console) pagerLine() string {
	if c.screen == nil || !c.OutTerminal || c.noPager {
		return ""
	}
	for _, name := range []string{"CLUSTERCTL_PAGER", "PAGER"} {
		if line, set := c.Getenv(name); set {
			if line = strings.TrimSpace(line); line == "cat" {
				return ""
			}
			return line
		}
	}
	if _, err := exec.LookPath("less"); err != nil {
		return ""
	}
	return "less"
}

// Write implements io.Writer.
func (p *pager) Write(data []byte) (int, error) {
	if p.shows == nil {
		p.start()
	}
	if p.pipe == nil {
		return p.to.Write(data)
	}
	return p.pipe.Write(data)
}

// start starts the pager. What a person gave is a line for the shell, as elsewhere.
func (p *pager) start() {
	p.shows = exec.Command("sh", "-c", p.line)
	if fields := strings.Fields(p.line); len(fields) > 0 && !strings.ContainsAny(p.line, "|&;<>()$`\\\"'*?[#~=%") {
		p.shows = exec.Command(fields[0], fields[1:]...)
	}
	p.shows.Stdout, p.shows.Stderr = os.Stdout, os.Stderr
	p.shows.Env = os.Environ()
	for name, otherwise := range map[string]string{"LESS": "FRX", "LV": "-c"} {
		if _, set := p.Getenv(name); !set {
			p.shows.Env = append(p.shows.Env, name+"="+otherwise)
		}
	}
	pipe, err := p.shows.StdinPipe()
	if err == nil {
		err = p.shows.Start()
	}
	if err != nil {
		fmt.Fprintf(p.Err, "Note: no pager: %v\n", err)
		return
	}
	p.pipe = pipe
	p.screen.leave()
}

// close waits until somebody has read it all.
func (p *pager) close() {
	if p.pipe != nil {
		_ = p.pipe.Close() // it may have ended
		_ = p.shows.Wait() // how it ends is the reader's
	}
}
