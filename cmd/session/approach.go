package session

import (
	"context"
	"reflect"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

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
