package drivers

import (
	"context"

	"clusterctl/schema"
)

type (
	waitsKey   struct{}
	meetingKey struct{}
)

// Meeting returns a context under which a reading of a cluster calls met with what its servers run, before it reads
// what they have, from the goroutine that reads. It may be called for each of several readings, or never.
func Meeting(ctx context.Context, met func(schema.Flavour)) context.Context {
	return context.WithValue(ctx, meetingKey{}, met)
}

// Met tells whoever wants to know under that context, if anybody, what the servers run.
func Met(ctx context.Context, f schema.Flavour) {
	if met, _ := ctx.Value(meetingKey{}).(func(schema.Flavour)); met != nil {
		met(f)
	}
}

// Hearing returns a context under which wait hears of whom an answer is waited for, an empty name for the cluster's
// database, and of what. It is called from several goroutines; what it returns is called once, when the wait is over.
func Hearing(ctx context.Context, wait func(member, what string) (over func())) context.Context {
	return context.WithValue(ctx, waitsKey{}, wait)
}

// Waiting tells whoever hears of waits under that context, if anybody, that one begins. The caller calls over at its
// end.
func Waiting(ctx context.Context, member, what string) (over func()) {
	if wait, _ := ctx.Value(waitsKey{}).(func(member, what string) func()); wait != nil {
		return wait(member, what)
	}
	return func() {}
}
