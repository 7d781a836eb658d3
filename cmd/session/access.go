package session

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"clusterctl/drivers"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// rooted fails where commands do not run as root on the machine of a member: with Denied, or Unsupported without a
// shell.
func rooted(ctx context.Context, shell drivers.Shell, member string) error {
	out, err := shell.Run(ctx, member, drivers.Command{Task: drivers.TaskUser})
	if err != nil {
		return err
	}
	id, user, _ := strings.Cut(strings.TrimSpace(out.Stdout), "\n")
	switch _, odd := strconv.ParseUint(id, 10, 32); {
	case out.Exit != 0 || odd != nil:
		err = errors.New("the login, or its key, runs no commands")
	case id != "0":
		err = fmt.Errorf("commands run as %.32s, who is not root", user)
	default:
		return nil
	}
	return &drivers.Error{Kind: drivers.Denied, Member: member, Err: err}
}

// beyond says of each member what its connection does not let clusterctl do. One that does not answer is left out:
// that is said elsewhere.
func (s *Session) beyond(ctx context.Context, at opened) (out []care.Beyond) {
	shell, ok := at.backend.(drivers.Shell)
	if !ok {
		return nil
	}
	for i, err := range each(s.Limits.Parallelism, at.want.Members, func(m schema.Member) error {
		limited, cancel := context.WithTimeout(ctx, s.Limits.Timeout)
		defer cancel()
		return rooted(limited, shell, m.Name)
	}) {
		if lacksRoot(err) {
			out = append(out, care.Beyond{Member: at.want.Members[i].Name, Cause: whyDenied(err)})
		}
	}
	return out
}

// lacksRoot reports that a member is reached in a way on which nothing runs as root.
func lacksRoot(err error) bool {
	return drivers.Is(err, drivers.Denied) || drivers.Is(err, drivers.Unsupported)
}

// whyDenied is why, without the call.
func whyDenied(err error) string {
	var known *drivers.Error
	if errors.As(err, &known) && known.Err != nil {
		return known.Err.Error()
	}
	return err.Error()
}
