package cmd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

// terminal is the command of scripts that runs a command line on a terminal of 24 lines and 80 columns: what is on it
// at the end is the standard output, all lines that ever were there the standard error. With "-type TEXT ANSWER" before
// the command line somebody types the answer when they see the text; \n is the key Enter and \x03 Ctrl-C.
func terminal(ts *testscript.TestScript, neg bool, args []string) {
	var awaited, answer string
	if len(args) > 3 && args[0] == "-type" {
		text, err := strconv.Unquote(`"` + args[2] + `"`)
		ts.Check(err)
		awaited, answer, args = args[1], text, args[3:]
	}
	path, err := exec.LookPath(args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, path, args[1:]...)
	c.Dir = ts.MkAbs(".")
	c.Env = append(c.Environ(), "TERM=xterm", "CI=")
	for _, name := range []string{"HOME", "PATH", "CLUSTERCTL_SANDBOX_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME",
		"CLUSTERCTL_JOURNAL", "PAGER", "CLUSTERCTL_PAGER"} {
		if value := ts.Getenv(name); value != "" {
			c.Env = append(c.Env, name+"="+value)
		}
	}
	screen, err := pty.StartWithSize(c, &pty.Winsize{Rows: 24, Cols: 80})
	ts.Check(err)
	data := watched(screen, awaited, answer)
	failed := c.Wait()
	fmt.Fprint(ts.Stdout(), strings.Join(onScreen(data), "\n")+"\n")
	fmt.Fprint(ts.Stderr(), sequences.ReplaceAllString(string(data), ""))
	var exit *exec.ExitError
	switch {
	case failed != nil && !errors.As(failed, &exit):
		ts.Fatalf("%v", failed)
	case neg != (failed != nil):
		ts.Fatalf("it ended with: %v", failed)
	}
}

// watched reads a terminal to its end, and types the answer once the text is there.
func watched(screen io.ReadWriteCloser, awaited, answer string) []byte {
	var all bytes.Buffer
	part := make([]byte, 4096)
	for {
		n, err := screen.Read(part)
		all.Write(part[:n])
		if awaited != "" && bytes.Contains(all.Bytes(), []byte(awaited)) {
			awaited = ""
			_, _ = io.WriteString(screen, answer) // what it does is seen
		}
		if err != nil { // EIO, when the last process has left the terminal
			_ = screen.Close() // it is only read
			return all.Bytes()
		}
	}
}

// sequences are what steers a terminal.
var sequences = regexp.MustCompile("\x1b\\[[0-9;?]*[a-zA-Z]|\x1b.|\r")

// onScreen returns the lines that are on a terminal after that was written. It knows what mpb and colours need: up so
// many lines, and clear to the end.
func onScreen(data []byte) []string {
	lines := []string{""}
	at := 0
	for len(data) > 0 {
		switch found := sequences.FindIndex(data); {
		case data[0] == '\n':
			if at++; at == len(lines) {
				lines = append(lines, "")
			}
			lines[at], data = "", data[1:]
		case found == nil || found[0] > 0:
			end := bytes.IndexAny(data, "\n\r\x1b")
			if end < 0 {
				end = len(data)
			}
			lines[at] += string(data[:end])
			data = data[end:]
		default:
			text := string(data[:found[1]])
			data = data[found[1]:]
			switch text[len(text)-1] {
			case 'A':
				up, _ := strconv.Atoi(text[2 : len(text)-1]) // the pattern has digits
				at = max(0, at-up)
			case 'J':
				lines = append(lines[:at:at], "")
			}
		}
	}
	return lines
}

func TestOnScreen(t *testing.T) {
	t.Parallel()
	const written = "a\r\nb (1s)\r\nc (1s)\r\n\x1b[2A\x1b[Jb: \x1b[32mdone\x1b[0m\r\nc (2s)\r\n\x1b[1A\x1b[Jend\r\n"
	got := strings.Join(onScreen([]byte(written)), "|")
	if want := "a|b: done|end|"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
