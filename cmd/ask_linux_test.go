package cmd

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// typeHidden waits until what is typed is not shown, and types a line.
func typeHidden(t *testing.T, keyboard io.Writer, terminal int, line string) {
	t.Helper()
	for {
		state, err := unix.IoctlGetTermios(terminal, unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		if state.Lflag&unix.ECHO == 0 {
			break
		}
	}
	if _, err := io.WriteString(keyboard, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

func TestPassphraseIsNotShown(t *testing.T) {
	t.Parallel()
	keyboard, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	var group sync.WaitGroup
	group.Go(func() { _, _ = io.Copy(&shown, keyboard) }) // ends with the terminal
	asked, fd := make(chan struct{}), int(terminal.Fd())
	group.Go(func() {
		for _, line := range []string{"wrong", "secret"} {
			<-asked
			typeHidden(t, keyboard, fd, line)
		}
	})
	err = askHidden(t.Context(), writerFunc(func(data []byte) {
		_, _ = terminal.Write(data) // what is shown is looked at below
		if bytes.HasPrefix(data, []byte("The key")) {
			asked <- struct{}{}
		}
	}), terminal, "key", func(text []byte) error {
		if string(text) != "secret" {
			return errors.New("no")
		}
		return nil
	})
	_ = terminal.Close()
	group.Wait()
	_ = keyboard.Close()
	if text := shown.String(); err != nil || bytes.Contains(shown.Bytes(), []byte("secret")) ||
		bytes.Count(shown.Bytes(), []byte("The key")) != 2 {
		t.Errorf("got %v and on the terminal %q", err, text)
	}
}

type writerFunc func(data []byte)

func (f writerFunc) Write(data []byte) (int, error) { f(data); return len(data), nil }
