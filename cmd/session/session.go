package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// Session is what every command works with.
type Session struct {
	World
	Machine
	Registry schema.Registry
	Limits   Limits
	Signals  *Interrupts
	// Dump is the file of the dump that stands for the cluster; empty when there is none.
	Dump string
	// TrustOnFirstUse adds keys of unknown SSH hosts to KnownHosts; empty is the usual one.
	TrustOnFirstUse bool
	KnownHosts      string
	// PlanKey is the file of the key that seals saved plans; empty is the usual one.
	PlanKey string
	// Warn is told what went otherwise than wished and stops nothing.
	Warn func(error)
}

// World is how commands reach what is outside this machine's files. Tests bring their own.
type World struct {
	// Version is what the version command prints.
	Version string
	// Open connects to the members. The backend does its connecting when it is first asked something.
	Open func(ctx context.Context, t Target) (drivers.Backend, error)
	// LookupHost finds the addresses of a host name.
	LookupHost func(ctx context.Context, host string) ([]string, error)
	// Now is the time of day.
	Now func() time.Time
}

// Target says which members to reach and how.
type Target struct {
	Members []schema.Member
	// Bootstrap is the member that begins a new cluster.
	Bootstrap string
	Registry  schema.Registry
	// ReadFile reads a file of this machine; a path may begin with ~/.
	ReadFile func(path string) ([]byte, error)
	// Secret returns the value of a secret by its name in schema.Preseed.Secrets; asked only when needed.
	Secret func(name string) (string, error)
	// Parallelism limits how many members are spoken to at once.
	Parallelism int
}

// Limits are those of speaking to a cluster.
type Limits struct {
	// Timeout limits reading the cluster; when Chosen by somebody, each step of an apply, too.
	Timeout time.Duration
	Chosen  bool
	// Parallelism is how many members are spoken to at once.
	Parallelism int
}

func (s *Session) open(ctx context.Context, members []schema.Member, bootstrap string,
	secrets secretSource) (drivers.Backend, error) {
	return s.Open(ctx, Target{Members: s.trusting(members), Bootstrap: bootstrap, Registry: s.Registry,
		ReadFile: s.ReadFile,
		Secret:   secrets.Secret, Parallelism: s.Limits.Parallelism})
}

// trusting returns the members with what the command line says of host keys.
func (s *Session) trusting(members []schema.Member) []schema.Member {
	members = slices.Clone(members)
	for i, m := range members {
		if m.Connection.SSH == nil {
			continue
		}
		way := *m.Connection.SSH
		way.OwnKnownHosts, way.TrustOnFirstUse = cmp.Or(s.KnownHosts, way.OwnKnownHosts), s.TrustOnFirstUse || way.TrustOnFirstUse
		members[i].Connection.SSH = &way
	}
	return members
}

// Read reads a cluster, within the timeout.
func (s *Session) Read(ctx context.Context, backend drivers.Backend) (schema.Cluster, error) {
	limited, cancel := context.WithTimeout(ctx, s.Limits.Timeout)
	defer cancel()
	began := s.Now()
	live, err := backend.Read(limited)
	zerolog.Ctx(ctx).Debug().Dur("took", s.Now().Sub(began)).Int("objects", live.Len()).
		Str("source", live.Facts.Source).Err(err).Msg("read the cluster")
	switch {
	case err != nil && ctx.Err() != nil:
		return schema.Cluster{}, Fail(ExitInterrupted, "", errors.New("interrupted while reading the cluster"))
	case err != nil:
		return schema.Cluster{}, fmt.Errorf("reading the cluster: %w", err)
	}
	return live, nil
}

// Closing closes the backend and joins what that says to the error of the command.
func Closing(backend io.Closer, err *error) {
	if closed := backend.Close(); closed != nil && *err == nil {
		*err = fmt.Errorf("closing connections: %w", closed)
	}
}

// secretSource resolves secrets when somebody asks for one. Nothing is kept: neither a variable nor a file is read
// before it is needed.
type secretSource struct {
	Machine
	find func(name string) (schema.Secret, error)
}

// secretsOf resolves the secrets of a preseed.
func (m Machine) secretsOf(want schema.Preseed) secretSource {
	return secretSource{Machine: m, find: func(name string) (schema.Secret, error) {
		secret, ok := want.Secrets[name]
		if !ok {
			return schema.Secret{}, fmt.Errorf("secret %s: the preseed has none of this name", name)
		}
		return secret, nil
	}}
}

// secretsOfPlan resolves the secrets of a saved plan, which holds none: the preseed files that it names are read
// again.
func (m Machine) secretsOfPlan(reg schema.Registry, p *plan.Plan) secretSource {
	const hint = "A saved plan holds no secret, so the files it was made from must still be there, " +
		"in the same place as seen from the current directory. Plan again, or apply the preseed itself."
	return secretSource{Machine: m, find: func(name string) (schema.Secret, error) {
		var inputs []preseed.Input
		for _, file := range p.Files {
			if file == stdinName {
				return schema.Secret{}, Fail(ExitError, hint,
					fmt.Errorf("secret %s: the plan was made from standard input, which cannot be read again", name))
			}
			input, err := m.input(file)
			if err != nil {
				return schema.Secret{}, Fail(ExitError, hint, fmt.Errorf("secret %s: %w", name, err))
			}
			inputs = append(inputs, input)
		}
		want, _ := preseed.Decode(reg,
			inputs) // the plan is what is applied; a file that is wrong today may still have the secret
		secret, ok := want.Secrets[name]
		if !ok {
			return schema.Secret{}, Fail(ExitError, hint,
				fmt.Errorf("secret %s: no longer in %s", name, strings.Join(p.Files, ", ")))
		}
		return secret, nil
	}}
}

// Secret returns the value of the secret of that name. An error names the variable or file and who asks for it.
func (s secretSource) Secret(name string) (string, error) {
	secret, err := s.find(name)
	if err != nil {
		return "", err
	}
	asked := name
	if secret.Pos.Line > 0 {
		asked = fmt.Sprintf("%s: %s", secret.Pos, name)
	}
	switch {
	case secret.Env != "":
		value, ok := s.Getenv(secret.Env)
		if !ok || value == "" {
			return "", Fail(ExitError, fmt.Sprintf("Set it for this run: %s=... clusterctl ...", secret.Env),
				fmt.Errorf("%s: the environment variable %s is not set", asked, secret.Env))
		}
		return value, nil
	case secret.File != "":
		data, err := s.ReadFile(secret.File)
		if err != nil {
			return "", fmt.Errorf("%s: %w", asked, err)
		}
		value := strings.TrimRight(string(data), "\r\n")
		if value == "" {
			return "", fmt.Errorf("%s: the file %s is empty", asked, secret.File)
		}
		return value, nil
	case secret.Reveal() == "":
		return "", errors.New(asked + ": the secret is empty")
	default:
		return secret.Reveal(), nil
	}
}
