package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// questions puts one question after the other: to a person, or to a file with one answer per line. The first failure ends
// them; every later answer is empty.
type questions struct {
	ctx    context.Context
	s      *session
	answer *bufio.Reader
	person bool
	err    error
}

func newQuestions(ctx context.Context, s *session, answers string) (*questions, error) {
	q := &questions{ctx: ctx, s: s}
	switch {
	case answers == "-":
		q.answer = bufio.NewReader(s.In)
	case answers != "":
		data, err := s.readFile(answers)
		if err != nil {
			return nil, fmt.Errorf("reading the answers: %w", err)
		}
		q.answer = bufio.NewReader(strings.NewReader(string(data)))
	case s.interactive():
		q.answer, q.person = bufio.NewReader(s.In), true
	default:
		return nil, fail(ExitUsage, "Give the answers, one per line: clusterctl init --answers FILE", errors.New("nobody can be asked here"))
	}
	return q, nil
}

// text asks until the answer is good; an empty one means otherwise.
func (q *questions) text(question, otherwise string, good func(string) bool) string {
	for q.err == nil {
		if otherwise != "" {
			fmt.Fprintf(q.s.Err, "%s [%s]: ", question, otherwise)
		} else {
			fmt.Fprintf(q.s.Err, "%s: ", question)
		}
		answer := q.line()
		if !q.person {
			fmt.Fprintln(q.s.Err, answer)
		}
		if answer == "" {
			answer = otherwise
		}
		switch {
		case q.err != nil:
			return ""
		case good(answer):
			return answer
		case !q.person:
			q.err = fail(ExitUsage, "Correct the answers.", fmt.Errorf("cannot use the answer %q to: %s", answer, question))
		default:
			fmt.Fprintln(q.s.Err, "That cannot be used.")
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
	type reply struct {
		text string
		err  error
	}
	// A read from a terminal cannot be called off: after Ctrl-C this goroutine is left to the end of the process.
	replies := make(chan reply, 1)
	go func() {
		text, err := q.answer.ReadString('\n')
		replies <- reply{text, err}
	}()
	select {
	case <-q.ctx.Done():
		fmt.Fprintln(q.s.Err)
		q.err = fail(ExitInterrupted, "", errors.New("interrupted at a question; nothing was written"))
	case r := <-replies:
		if r.err != nil && (q.person || !errors.Is(r.err, io.EOF)) {
			q.err = fail(ExitUsage, "", errors.New("the answers ended; nothing was written"))
		}
		return strings.TrimSpace(r.text)
	}
	return ""
}
