package session

import (
	"context"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// Meet returns what a connection to one member shows; one that fails is a fact, too.
func (s *Session) Meet(ctx context.Context, m schema.Member) schema.HostFacts {
	fault := func(err error) schema.HostFacts {
		return schema.HostFacts{Fault: err.Error(), FaultKind: drivers.KindOf(err)}
	}
	backend, err := s.open(ctx, []schema.Member{m}, m.Name, s.secretsOf(schema.Preseed{}))
	if err != nil {
		return fault(err)
	}
	defer func() { _ = backend.Close() }() // it was only looked at
	live, err := s.Read(ctx, backend)
	if err != nil {
		return fault(err)
	}
	return live.Facts.Hosts[m.Name]
}
