package sandbox_test

import (
	"testing"

	"clusterctl/drivers/sandbox"
)

// BenchmarkStart starts and closes worlds of three members.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		world, err := sandbox.Start(b.Context(), sandbox.Config{})
		if err != nil {
			b.Fatal(err)
		}
		if err := world.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
