package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// garbage is how much more than what is in use may lie about before it is collected, in percent, while it is little.
	garbage = 400
	// plenty is how many bytes may be taken for that. A plan with 100,000 objects has some 500 MB in use.
	plenty = 740 << 20
)

// spareCollections has the runtime collect garbage seldom while little memory is taken: a command is over soon. What is
// in use may take all that it needs, and half as much again. GOGC and GOMEMLIMIT count more, where somebody has set
// them.
func spareCollections() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(garbage)
	debug.SetMemoryLimit(plenty)
	whenCollected(func() {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		debug.SetMemoryLimit(max(plenty, int64(live[0].Value.Uint64())*3/2))
	})
}

// whenCollected calls do after each collection.
func whenCollected(do func()) {
	runtime.AddCleanup(new(*int), func(do func()) {
		do()
		whenCollected(do)
	}, do)
}
