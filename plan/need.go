package plan

import "clusterctl/schema"

// Phase is a part of forming the cluster. What a preseed says beside its members comes after the last one.
type Phase int

// The phases, in their order. The zero value is for all that needs a cluster which is formed.
const (
	// PhaseJoined: lost members are gone, new ones have joined.
	PhaseJoined Phase = iota + 1
	// PhaseCleared: members that are to leave have nothing left that the preseed takes off them.
	PhaseCleared
	// PhaseFormed: the members are those of the preseed, and the servers are configured.
	PhaseFormed
)

// Need is what a step waits for, in the words of whoever makes the step; plan/order finds the steps that are meant.
// What an object uses needs no naming: plan/order knows it from both sides.
type Need struct {
	step  StepID
	ref   schema.Ref
	frees bool
	phase Phase
}

// AfterStep waits for a step; a plan without that step has nothing to wait for.
func AfterStep(id StepID) Need { return Need{step: id} }

// After waits until an object is as desired.
func After(r schema.Ref) Need { return Need{ref: r} }

// Frees waits until nothing uses an object any more.
func Frees(r schema.Ref) Need { return Need{ref: r, frees: true} }

// AfterPhase waits for the end of a phase.
func AfterPhase(p Phase) Need { return Need{phase: p} }

// Step returns what AfterStep was given.
func (n Need) Step() (StepID, bool) { return n.step, n.step != "" }

// Object returns what After or Frees was given.
func (n Need) Object() (r schema.Ref, frees, ok bool) { return n.ref, n.frees, n.ref != schema.Ref{} }

// Phase returns what AfterPhase was given.
func (n Need) Phase() (Phase, bool) { return n.phase, n.phase != 0 }

// Section is something that one step at a time may hold.
type Section string

// The sections.
const (
	// SectionCluster is for what LXD does on all members, to one of them, or irrevocably.
	SectionCluster Section = "cluster"
	// SectionNetworks is for changes of networks on Incus, which looks at every interface of the member when a bridge
	// changes, and fails when one goes meanwhile: "Failed to delete bridge children interfaces" (incus 6.0.4,
	// internal/server/network/driver_bridge.go deleteChildren; measured).
	SectionNetworks Section = "networks"
)
