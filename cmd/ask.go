package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"clusterctl/cmd/session"
)

// ask puts a question and returns the line that was typed, without spaces around it. The end of the input is an
// empty answer.
func ask(ctx context.Context, s Streams, question string) (string, error) {
	fmt.Fprint(s.Err, question)
	answer, err := readLine(ctx, bufio.NewReader(s.In))
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(s.Err)
		return "", session.Fail(session.ExitInterrupted, "",
			errors.New("interrupted at the question; nothing was touched"))
	case errors.Is(err, io.EOF):
		fmt.Fprintln(s.Err)
		return answer, nil
	case err != nil:
		return "", fmt.Errorf("reading the answer: %w", err)
	}
	return answer, nil
}

// readLine reads a line without the spaces around it, until the context ends.
func readLine(ctx context.Context, from *bufio.Reader) (string, error) {
	type reply struct {
		text string
		err  error
	}
	// A read from a terminal cannot be called off: after Ctrl-C this goroutine is left to the end of the process.
	replies := make(chan reply, 1)
	go func() {
		text, err := from.ReadString('\n')
		replies <- reply{text, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case r := <-replies:
		return strings.TrimSpace(r.text), r.err
	}
}
