package wire

import "context"

func (s *session) leader(ctx context.Context, d *decoder, _ byte) error {
	if d.uint64(); d.err != nil {
		return d.err
	}
	id, address, err := s.handler.Leader(ctx)
	if err != nil {
		return err
	}
	s.out.uint64(id)
	s.out.text(address)
	return nil
}

func (s *session) client(_ context.Context, d *decoder, _ byte) error {
	d.uint64() // the client's id, which means nothing to anybody
	s.out.uint64(heartbeatTimeout)
	return nil
}

// cluster lists the Raft configuration, in format 1 with roles and in format 0 without.
func (s *session) cluster(ctx context.Context, d *decoder, _ byte) error {
	format := d.uint64()
	if d.err != nil {
		return d.err
	}
	if format > 1 {
		return &Failure{Code: CodeParse, Text: "unrecognized cluster format"}
	}
	nodes, err := s.handler.Nodes(ctx)
	if err != nil {
		return err
	}
	s.out.uint64(uint64(len(nodes)))
	for _, n := range nodes {
		s.out.uint64(n.ID)
		s.out.text(n.Address)
		if format == 1 {
			s.out.uint64(uint64(n.Role))
		}
	}
	return nil
}

func (s *session) add(ctx context.Context, d *decoder, _ byte) error {
	return s.change(ctx, d, Change{Kind: AddNode, ID: d.uint64(), Address: d.text()})
}

// assign has the role only since dqlite 1.0; an older client that sends none asks for a voter.
func (s *session) assign(ctx context.Context, d *decoder, _ byte) error {
	c := Change{Kind: AssignRole, ID: d.uint64()}
	if len(d.rest) > 0 {
		c.Role = Role(d.uint64())
	}
	return s.change(ctx, d, c)
}

func (s *session) remove(ctx context.Context, d *decoder, _ byte) error {
	return s.change(ctx, d, Change{Kind: RemoveNode, ID: d.uint64()})
}

func (s *session) transfer(ctx context.Context, d *decoder, _ byte) error {
	return s.change(ctx, d, Change{Kind: TransferLeadership, ID: d.uint64()})
}

// change is for the leader only.
func (s *session) change(ctx context.Context, d *decoder, c Change) error {
	if d.err != nil {
		return d.err
	}
	if err := s.handler.CheckLeader(ctx); err != nil {
		return err
	}
	if err := s.handler.Change(ctx, c); err != nil {
		return err
	}
	s.out.uint64(0)
	return nil
}

// weight concerns the member itself, so that any member takes it.
func (s *session) weight(ctx context.Context, d *decoder, _ byte) error {
	c := Change{Kind: SetWeight, Weight: d.uint64()}
	if d.err != nil {
		return d.err
	}
	if err := s.handler.Change(ctx, c); err != nil {
		return err
	}
	s.out.uint64(0)
	return nil
}

func (s *session) describe(ctx context.Context, d *decoder, _ byte) error {
	format := d.uint64()
	if d.err != nil {
		return d.err
	}
	if format != 0 {
		return &Failure{Code: CodeProtocol, Text: "bad format version"}
	}
	m, err := s.handler.Metadata(ctx)
	if err != nil {
		return err
	}
	s.out.uint64(m.FailureDomain)
	s.out.uint64(m.Weight)
	return nil
}

func (s *session) dump(ctx context.Context, d *decoder, _ byte) error {
	name := d.text()
	if d.err != nil {
		return d.err
	}
	files, err := s.handler.Dump(ctx, name)
	if err != nil {
		return err
	}
	s.out.uint64(uint64(len(files)))
	for _, f := range files {
		s.out.text(f.Name)
		s.out.uint64(uint64(len(f.Data)))
		s.out.b = append(s.out.b, f.Data...)
	}
	return nil
}
