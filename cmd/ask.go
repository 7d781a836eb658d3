package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ask puts a question and returns the line that was typed, without spaces around it. The end of the input is an
// empty answer.
func ask(ctx context.Context, s Streams, question string) (string, error) {
	fmt.Fprint(s.Err, question)
	type reply struct {
		text string
		err  error
	}
	// A read from a terminal cannot be called off: after Ctrl-C this goroutine is left to the end of the process.
	replies := make(chan reply, 1)
	go func() {
		text, err := bufio.NewReader(s.In).ReadString('\n')
		replies <- reply{text, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(s.Err)
		return "", fail(ExitInterrupted, "", errors.New("interrupted at the question; nothing was touched"))
	case r := <-replies:
		if r.err != nil && !errors.Is(r.err, io.EOF) {
			return "", fmt.Errorf("reading the answer: %w", r.err)
		}
		if r.err != nil {
			fmt.Fprintln(s.Err)
		}
		return strings.TrimSpace(r.text), nil
	}
}
