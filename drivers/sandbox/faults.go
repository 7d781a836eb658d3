package sandbox

import "context"

// faults are the failures that tests have switched on.
type faults struct{}

func newFaults() *faults { return &faults{} }

// before lets a fault act on a call that has just come in.
func (f *faults) before(c *call) error { return nil }

// creating lets a fault act while a member creates its part of an object.
func (f *faults) creating(m *member, entity string) error { return nil }

// joining lets a fault act before a stage of a join.
func (f *faults) joining(ctx context.Context, m *member, stage string) error { return nil }
