package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/drivers/remote"
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
	// Rehearse has plans carried out on a copy of the cluster first.
	Rehearse bool
	// Prove has the rehearsal broken off at every step, too.
	Prove bool
	// AllowCommands lets commands that a preseed gives run on members.
	AllowCommands bool

	// reached are the members that were connected to, for the journal.
	reached []schema.Member
	// AskHidden is that of [Target].
	AskHidden func(ctx context.Context, what string, opens func(typed []byte) error) error
	// Warn is told what went otherwise than wished and stops nothing.
	Warn func(error)

	// keeps reports that certificates which are seen are kept, see [pins].
	keeps        bool
	certificates *pins
}

// World is how commands reach what is outside this machine's files. Tests bring their own.
type World struct {
	// Version is what the version command prints.
	Version string
	// Open connects to the members. The backend does its connecting when it is first asked something.
	Open func(ctx context.Context, t Target) (drivers.Backend, error)
	// Approaches reports that Open leaves nothing behind, so that it may be called for inputs that may be wrong.
	Approaches bool
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
	// Server is what the input says that the members run; unknown when it does not. A sandbox becomes that.
	Server schema.Flavour
	// ReadFile reads a file of this machine; a path may begin with ~/.
	ReadFile func(path string) ([]byte, error)
	// Secret returns the value of a secret by its name in schema.Preseed.Secrets; asked only when needed.
	Secret func(name string) (string, error)
	// AskHidden asks for the passphrase of an SSH key, or a password for sudo, until opens takes it; nil asks nobody.
	AskHidden func(ctx context.Context, what string, opens func(typed []byte) error) error
	// Parallelism limits how many members are spoken to at once.
	Parallelism int
	// Pins keeps certificates between runs.
	Pins remote.Pins
	// MaxLists is how many bytes the lists of all servers may have together.
	MaxLists int64
}

// Limits are those of speaking to a cluster.
type Limits struct {
	// Timeout limits reading the cluster; when Chosen by somebody, each step of an apply, too.
	Timeout time.Duration
	Chosen  bool
	// Parallelism is how many members are spoken to at once.
	Parallelism int
}

func (s *Session) open(ctx context.Context, members []schema.Member, bootstrap string, secrets secretSource,
	server schema.Flavour) (drivers.Backend, error) {
	s.reached = s.trusting(members)
	return s.Open(ctx, Target{Members: s.reached, Bootstrap: bootstrap, Registry: s.Registry, Server: server,
		ReadFile: s.ReadFile, Secret: secrets.Secret, AskHidden: s.AskHidden, Parallelism: s.Limits.Parallelism,
		Pins:     s.pins(),
		MaxLists: s.Trust.MaxInput / 4})
}

// trusting returns the members with what the command line says of host keys.
func (s *Session) trusting(members []schema.Member) []schema.Member {
	members = slices.Clone(members)
	for i, m := range members {
		if m.Connection.SSH == nil {
			continue
		}
		way := *m.Connection.SSH
		way.OwnKnownHosts, way.TrustOnFirstUse = cmp.Or(s.KnownHosts, way.OwnKnownHosts), s.TrustOnFirstUse ||
			way.TrustOnFirstUse
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
	case err != nil && limited.Err() != nil && !errors.Is(err, limited.Err()):
		// Whatever the connections say that broke then, the limit is why.
		return schema.Cluster{}, fmt.Errorf("reading the cluster: %w (%w)", err, limited.Err())
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

// approach is a cluster that is being connected to while the inputs are still read and judged: each takes as long as
// the other. Nothing is asked of anybody, and nothing comes of it where the inputs turn out to be wrong, or to have
// other members.
type approach struct {
	want    schema.Preseed
	backend drivers.Backend
	find    func(name string) (schema.Secret, error)
}

// approach begins to connect to the members of large inputs, where that can be told from a part of them.
func (s *Session) approach(ctx context.Context, inputs []preseed.Input) *approach {
	a := &approach{}
	if !s.Approaches || s.Dump != "" {
		return a
	}
	outline := preseed.Outline(inputs)
	if outline == nil {
		return a
	}
	want, found, err := s.Decode(ctx, outline)
	if err != nil || found.Has(schema.SeverityError) || len(want.Members) == 0 {
		return a
	}
	later := secretSource{Machine: s.Machine, find: func(name string) (schema.Secret, error) { return a.find(name) }}
	backend, err := s.open(ctx, want.Members, want.Bootstrap, later, want.Settings.Server)
	if err != nil {
		return a // it is opened again, and says so then
	}
	a.want, a.backend = want, backend
	if b, ok := backend.(drivers.Approacher); ok {
		b.Approach(ctx)
	}
	return a
}

// open returns the backend of the preseed: the one that is being connected to, if that has the same members.
func (a *approach) open(ctx context.Context, s *Session, want schema.Preseed, secrets secretSource) (drivers.Backend,
	error) {
	same := a.backend != nil && a.want.Bootstrap == want.Bootstrap &&
		a.want.Settings.Server == want.Settings.Server && reflect.DeepEqual(a.want.Members, want.Members)
	zerolog.Ctx(ctx).Debug().Bool("began", a.backend != nil).Bool("same", same).Msg("connecting ahead")
	if !same {
		a.end()
		return s.open(ctx, want.Members, want.Bootstrap, secrets, want.Settings.Server)
	}
	backend := a.backend
	a.find, a.backend = secrets.find, nil
	return backend, nil
}

// end gives up what was not taken.
func (a *approach) end() {
	if a.backend != nil {
		_ = a.backend.Close() // it was used for nothing
		a.backend = nil
	}
}
