package cmd

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

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
		return "", session.Fail(session.ExitInterrupted, "", errors.New("interrupted at the question; nothing was touched"))
	case errors.Is(err, io.EOF):
		fmt.Fprintln(s.Err)
		return answer, nil
	case err != nil:
		return "", fmt.Errorf("reading the answer: %w", err)
	}
	return answer, nil
}

// readLine reads a line without the spaces around it, until the context ends.
func readLine(ctx context.Context, from *bufio.Reader) (line string, err error) {
	interrupted := session.Within(ctx, func() func() {
		text, failed := from.ReadString('\n')
		return func() { line, err = strings.TrimSpace(text), failed }
	})
	return line, cmp.Or(interrupted, err)
}

// questions puts one question after the other: to a person, or to a file with one answer per line. The first failure
// ends them; every later answer is empty.
type questions struct {
	ctx    context.Context
	c      *console
	answer *bufio.Reader
	person bool
	err    error
}

func newQuestions(ctx context.Context, c *console, answers string) (*questions, error) {
	q := &questions{ctx: ctx, c: c}
	switch {
	case answers == "-":
		q.answer = bufio.NewReader(c.In)
	case answers != "":
		data, err := c.ReadFile(answers)
		if err != nil {
			return nil, fmt.Errorf("reading the answers: %w", err)
		}
		q.answer = bufio.NewReader(strings.NewReader(string(data)))
	case c.interactive():
		q.answer, q.person = bufio.NewReader(c.In), true
	default:
		return nil, usage("Give the answers, one per line: clusterctl init --answers FILE", "nobody can be asked here")
	}
	return q, nil
}

// text asks until the answer is good; an empty one means otherwise.
func (q *questions) text(question, otherwise string, good func(string) bool) string {
	for q.err == nil {
		if otherwise != "" {
			fmt.Fprintf(q.c.Err, "%s [%s]: ", question, otherwise)
		} else {
			fmt.Fprintf(q.c.Err, "%s: ", question)
		}
		answer := q.line()
		if !q.person {
			fmt.Fprintln(q.c.Err, answer)
		}
		answer = cmp.Or(answer, otherwise)
		switch {
		case q.err != nil:
			return ""
		case good(answer):
			return answer
		case !q.person:
			q.err = usage("Correct the answers.", "cannot use the answer %q to: %s", answer, question)
		default:
			fmt.Fprintln(q.c.Err, "That cannot be used.")
		}
	}
	return ""
}

// yes asks for yes or no.
func (q *questions) yes(question, otherwise string) bool {
	answer := q.text(question+"? yes or no", otherwise, oneOf("yes", "no", "y", "n"))
	return answer == "yes" || answer == "y"
}

// line reads one line. The end of the answers is an empty line, once: a file may end early where defaults will do.
func (q *questions) line() string {
	answer, err := readLine(q.ctx, q.answer)
	switch {
	case q.ctx.Err() != nil:
		fmt.Fprintln(q.c.Err)
		q.err = session.Fail(session.ExitInterrupted, "", errors.New("interrupted at a question; nothing was written"))
	case err != nil && (q.person || !errors.Is(err, io.EOF)):
		q.err = usage("", "the answers ended; nothing was written")
	}
	return answer
}

// askHidden asks a person for a passphrase or a password, three times at most. What is typed is not shown.
func askHidden(ctx context.Context, to io.Writer, terminal *os.File, what string,
	opens func(typed []byte) error) error {
	for range 3 {
		fmt.Fprintf(to, "The %s: ", what)
		text, err := readHidden(ctx, int(terminal.Fd()))
		fmt.Fprintln(to)
		switch {
		case err != nil:
			return err
		case len(text) == 0:
			return errors.New("nothing was typed")
		case opens(text) == nil:
			return nil
		}
		fmt.Fprintln(to, "That is not the one.")
	}
	return errors.New("it was not the right one, three times")
}

// readHidden reads a line that is not shown, until the context ends.
func readHidden(ctx context.Context, terminal int) (text []byte, err error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return nil, err
	}
	interrupted := session.Within(ctx, func() func() {
		typed, failed := term.ReadPassword(terminal)
		return func() { text, err = typed, failed }
	})
	if interrupted != nil {
		return nil, errors.Join(ctx.Err(), term.Restore(terminal, before))
	}
	return text, err
}
