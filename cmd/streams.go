package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"

	"golang.org/x/term"

	"clusterctl/cmd/render"
)

// Streams is where a command reads and writes, and what it may know of its surroundings.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// InTerminal, OutTerminal and ErrTerminal report that a person sits there.
	InTerminal, OutTerminal, ErrTerminal bool
	// columns is how many the terminal has; 0 where there is none.
	columns int
	// Getenv returns an environment variable and whether it is set.
	Getenv func(name string) (string, bool)
	// Signals has what the process is asked to do: os.Interrupt, syscall.SIGTERM, syscall.SIGHUP. Nil means never.
	Signals <-chan os.Signal
}

// OSStreams returns those of this process, with the signals of that channel.
func OSStreams(signals <-chan os.Signal) Streams {
	columns, _, _ := term.GetSize(int(os.Stdout.Fd())) // none where that is no terminal
	return Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, columns: columns,
		InTerminal: term.IsTerminal(int(os.Stdin.Fd())), OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		ErrTerminal: term.IsTerminal(int(os.Stderr.Fd())), Getenv: os.LookupEnv, Signals: signals}
}

// cleaned returns streams that let nothing out which steers a terminal or a build; out is where Out leads then.
func (s Streams) cleaned(out io.Writer) Streams {
	ours := s.OutTerminal || s.color(false)
	ci := slices.ContainsFunc([]string{"CI", "GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"}, s.has)
	s.Out = &cleaner{to: out, ours: ours, ci: ci}
	s.Err = &cleaner{to: s.Err, ours: ours, ci: ci}
	return s
}

// output remembers what went wrong first, so that nobody who prints has to.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(data []byte) (int, error) {
	n, err := o.Writer.Write(data)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// close ends the pager, if there is one.
func (o *output) close() {
	if p, ok := o.Writer.(*pager); ok {
		p.close()
	}
}

// unpaged goes past the pager.
func (o *output) unpaged() {
	if p, ok := o.Writer.(*pager); ok {
		o.Writer = p.to
	}
}

// failed returns what went wrong. That nobody reads any more, as behind head, is nothing wrong.
func (o *output) failed() error {
	if o.err == nil || errors.Is(o.err, syscall.EPIPE) {
		return nil
	}
	return fmt.Errorf("writing the output: %w", o.err)
}

// print writes a value in the format that was asked for: as JSON, or as text does it.
func (c *console) print(value any, text func()) {
	if c.format == "json" {
		render.JSON(c.Out, value)
		return
	}
	text()
}

// has reports whether the variable is set to something.
func (s Streams) has(name string) bool {
	value, ok := s.Getenv(name)
	return ok && value != ""
}

// color reports whether output may be coloured: on a terminal that can, and in the logs of GitHub and GitLab, which
// show it, unless somebody said no (no-color.org) or yes (force-color.org).
func (s Streams) color(refused bool) bool {
	kind, _ := s.Getenv("TERM")
	switch {
	case refused, s.has("NO_COLOR"):
		return false
	case s.has("FORCE_COLOR"):
		return true
	}
	return s.OutTerminal && kind != "dumb" || s.has("GITHUB_ACTIONS") || s.has("GITLAB_CI")
}

// interactive reports whether a question would be seen and could be answered.
func (s Streams) interactive() bool { return s.InTerminal && !s.has("CI") }
