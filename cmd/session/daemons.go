package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
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
	if known, ok := errors.AsType[*drivers.Error](err); ok && known.Err != nil {
		return known.Err.Error()
	}
	return err.Error()
}

// services are the commands that the operator gives, and those of the preseed where the operator allows them: they run
// as root on the members.
func (s *Session) services(given, preseed schema.Service) (schema.Service, error) {
	all := given.Or(preseed)
	if all == given || s.AllowCommands {
		return all, nil
	}
	return all, Fail(ExitConsent,
		"Nothing was touched. If you want them to run on the members as they stand there, add --allow-commands.",
		fmt.Errorf("the preseed gives commands, and they are not allowed: stop %q, start %q, restart %q, upgrade %q",
			preseed.Stop, preseed.Start, preseed.Restart, preseed.Upgrade))
}

// findDaemon finds out where the member's daemon keeps its state, and how it is handled there.
func findDaemon(ctx context.Context, shell drivers.Shell, m schema.Member, given schema.Service) (care.Daemon, error) {
	d := care.Daemon{Folder: folderOf(m.Connection)}
	if d.Folder == "" {
		out, err := runOn(ctx, shell, m, d, drivers.TaskFind)
		if err != nil {
			return d, err
		}
		if d.Folder, _, _ = strings.Cut(strings.TrimSpace(out), "\n"); d.Folder == "" {
			return d, errors.New("none of the usual folders has a daemon's database")
		}
	}
	s, known := drivers.ServiceOf(d.Folder)
	d.Binary = s.Binary
	if !known {
		out, err := runOn(ctx, shell, m, d, drivers.TaskProduct)
		if err != nil {
			return d, err
		}
		d.Binary = strings.TrimSpace(out)
	}
	d.Stop, d.Start = cmp.Or(given.Stop, s.Stop), cmp.Or(given.Start, s.Start)
	d.Restart, d.Upgrade = cmp.Or(given.Restart, s.Restart), cmp.Or(given.Upgrade, s.Upgrade)
	d.StopsInstances = given.Stop == "" && s.StopsInstances
	if given.Upgrade == "" {
		d.Prepare = s.Prepare
	}
	return d, nil
}

// folderOf is the folder of the socket that a connection names, empty when it names none.
func folderOf(c schema.Connection) string {
	switch {
	case c.SSH != nil && c.SSH.Socket != "":
		return path.Dir(c.SSH.Socket)
	case c.Unix != nil:
		return filepath.Dir(c.Unix.Socket)
	}
	return ""
}

// runOn runs a command that has to succeed, and returns what it prints.
func runOn(ctx context.Context, shell drivers.Shell, m schema.Member, d care.Daemon,
	task drivers.Task, names ...string) (string, error) {
	out, err := shell.Run(ctx, m.Name, drivers.Command{Task: task, Binary: d.Binary, Folder: d.Folder,
		Member: m.Name, Address: m.Address, Names: names})
	if err == nil && out.Exit != 0 {
		err = fmt.Errorf("the command to %s exits with %d: %s", task, out.Exit, strings.TrimSpace(out.Stderr))
	}
	return out.Stdout, err
}
