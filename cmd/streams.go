package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"
)

// Streams is where a command reads and writes, and what it may know of its surroundings.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// InTerminal and OutTerminal report that a person sits there.
	InTerminal, OutTerminal bool
	// Getenv returns an environment variable and whether it is set.
	Getenv func(name string) (string, bool)
	// Signals has what the process is asked to do: os.Interrupt, syscall.SIGTERM, syscall.SIGHUP. Nil means never.
	Signals <-chan os.Signal
}

// OSStreams returns those of this process, with the signals of that channel.
func OSStreams(signals <-chan os.Signal) Streams {
	return Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTerminal: term.IsTerminal(int(os.Stdin.Fd())), OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		Getenv: os.LookupEnv, Signals: signals,
	}
}

// readFile reads a file of this machine; ~/ is the home folder, and other paths count from the current directory.
func (s Streams) readFile(path string) ([]byte, error) {
	path, err := s.path(path)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// openFile opens a file as readFile finds it.
func (s Streams) openFile(path string) (io.ReadCloser, error) {
	path, err := s.path(path)
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

func (s Streams) path(path string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, found := s.Getenv("HOME")
		if !found {
			return "", fmt.Errorf("reading %s: HOME is not set", path)
		}
		path = filepath.Join(home, rest)
	}
	return path, nil
}

// has reports whether the variable is set to something.
func (s Streams) has(name string) bool {
	value, ok := s.Getenv(name)
	return ok && value != ""
}

// color reports whether output may be coloured: on a terminal that can, unless somebody said no (no-color.org).
func (s Streams) color(refused bool) bool {
	kind, _ := s.Getenv("TERM")
	return s.OutTerminal && !refused && !s.has("NO_COLOR") && !s.has("CI") && kind != "dumb"
}

// interactive reports whether a question would be seen and could be answered.
func (s Streams) interactive() bool { return s.InTerminal && !s.has("CI") }
