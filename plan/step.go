package plan

import (
	"fmt"

	"clusterctl/schema"
)

// StepID identifies a step within its plan and is readable: "join:node2", "define:storage_pool/fast@node1".
type StepID string

// Level ranks a risk.
type Level string

// The levels. High means that something stops or cannot be taken back.
const (
	RiskNone   Level = "none"
	RiskLow    Level = "low"
	RiskMedium Level = "medium"
	RiskHigh   Level = "high"
)

// Risk says what a step can do to a running cluster.
type Risk struct {
	Level Level `json:"level"`
	// Stops says what is interrupted meanwhile; empty when nothing is.
	Stops string `json:"stops,omitempty"`
	// Undo says how the step is taken back; empty when it cannot be.
	Undo string `json:"undo,omitempty"`
	// Voters are the database voters online and needed for a quorum, before and after; zero when the step
	// does not touch them.
	Before Voters `json:"voters_before,omitzero"`
	After  Voters `json:"voters_after,omitzero"`
}

// Voters counts database voters.
type Voters struct {
	Online int `json:"online"`
	Needed int `json:"needed"`
}

// Expect is what the database must say once the step is done.
type Expect struct {
	Ref schema.Ref `json:"ref,omitzero"`
	// Absent expects the object to be gone.
	Absent bool `json:"absent,omitempty"`
	// State is the object's state, or that of the Member's part when Member is set.
	State  schema.State `json:"state,omitempty"`
	Member string       `json:"member,omitempty"`
}

// Step is one thing to run.
type Step struct {
	ID StepID `json:"id"`
	// Title is a sentence in the imperative: "Join node2".
	Title string `json:"title"`
	// Cause is the object whose change needs the step.
	Cause schema.Ref `json:"cause"`
	// Member is whose daemon is asked; empty means any member of the cluster.
	Member string `json:"member,omitempty"`
	Op     Op     `json:"op"`
	// Follows is what it waits for, as its maker says it; Needs are the steps that are meant, which must be done before.
	Follows []Need   `json:"-"`
	Needs   []StepID `json:"needs,omitempty"`
	// Phase is the part of forming the cluster that it belongs to.
	Phase  Phase  `json:"-"`
	Expect Expect `json:"expect,omitzero"`
	Risk   Risk   `json:"risk"`
	// Sections are held while it runs: it never runs beside another step that names one of them.
	Sections []Section `json:"sections,omitempty"`
	// At is the line of the preseed that asks for it.
	At schema.Position `json:"at,omitzero"`
}

// String is the level, with what it stops.
func (r Risk) String() string {
	if r.Stops == "" {
		return string(r.Level)
	}
	return fmt.Sprintf("%s: %s", r.Level, r.Stops)
}

// Phase is a part of forming the cluster. What a preseed says beside its members comes after the last one.
type Phase int

// The phases, in their order. The zero value is for all that needs a cluster which is formed.
const (
	// PhaseMended: lost members are gone, and what an earlier run left half done is finished or gone.
	PhaseMended Phase = iota + 1
	// PhaseJoined: new members have joined.
	PhaseJoined
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

// SectionCluster is for what LXD does on all members, to one of them, or irrevocably.
const SectionCluster Section = "cluster"

// SectionOf is for what makes or deletes an object of that kind on all members: those of one kind one at a time; a pool
// and a network may be created side by side (lxd 5.0.2 and incus 6.0.4, measured).
func SectionOf(kind schema.KindName) Section { return Section(kind) }
