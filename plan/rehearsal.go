package plan

import (
	"fmt"
	"strings"
)

// Rehearsed says how far a rehearsal came.
type Rehearsed string

// The results. What the pretended servers refused is among the plan's diagnostics, with [CodeRehearsal].
const (
	// RehearsedWhole: every step was carried out, and the end is what the preseed says.
	RehearsedWhole Rehearsed = "rehearsed"
	// RehearsedBut: that, but for what a pretended server cannot know.
	RehearsedBut Rehearsed = "rehearsed-but-for"
	// RehearsedRefused: a step was refused.
	RehearsedRefused Rehearsed = "refused"
	// RehearsedDiffers: every step was carried out, and the end still differs from the preseed.
	RehearsedDiffers Rehearsed = "would-not-converge"
	// RehearsedNot: there was no rehearsal.
	RehearsedNot Rehearsed = "not-rehearsed"
)

// Rehearsal is what came of carrying the plan out on a copy of the cluster.
type Rehearsal struct {
	Result Rehearsed `json:"result"`
	// Why says why there was none.
	Why string `json:"why,omitempty"`
	// ButFor is what the copy could not know, or not play.
	ButFor []ButFor `json:"but_for,omitempty"`
	// Differs says what of the end differs, in words.
	Differs []string `json:"differs,omitempty"`
	// Proof is there when it was asked for.
	Proof *Proof `json:"proof,omitempty"`
}

// ButFor is something that a rehearsal leaves open, with the steps that depend on it.
type ButFor struct {
	What  string   `json:"what"`
	Steps []StepID `json:"steps,omitempty"`
}

// NotRehearsed is no rehearsal, with the reason.
func NotRehearsed(why string) *Rehearsal { return &Rehearsal{Result: RehearsedNot, Why: why} }

// Text says it in a line.
func (r *Rehearsal) Text() string {
	switch r.Result {
	case RehearsedWhole:
		return "Rehearsed on a copy of the cluster."
	case RehearsedBut:
		return "Rehearsed on a copy of the cluster, but for " + r.open() + "."
	case RehearsedRefused:
		return "Refused in a rehearsal on a copy of the cluster."
	case RehearsedDiffers:
		return "Rehearsed on a copy of the cluster: would not converge."
	}
	return "Not rehearsed: " + r.Why + "."
}

// open names what is left open, in one phrase.
func (r *Rehearsal) open() string {
	var names []string
	for _, b := range r.ButFor {
		names = append(names, b.What)
	}
	return strings.Join(names, ", ")
}

// Proof is what came of breaking the rehearsal off at every step, and going on with a new plan.
type Proof struct {
	// Interruptions is how many were tried, of so many.
	Interruptions int `json:"interruptions"`
	Of            int `json:"of"`
	// Failed are those from which a new plan and apply do not end in what the preseed says.
	Failed []Unproved `json:"failed,omitempty"`
	// Why says why not all were tried.
	Why string `json:"why,omitempty"`
}

// Unproved is an interruption with what it leaves.
type Unproved struct {
	Step StepID `json:"step"`
	// What broke it off, and Left what is left of that.
	What string `json:"what"`
	Left string `json:"left"`
}

// Proved are the lines about the proof, none where none was asked for.
func (r *Rehearsal) Proved() []string {
	if r.Proof == nil {
		return nil
	}
	out := []string{r.Proof.Text()}
	for _, f := range r.Proof.Failed {
		out = append(out, fmt.Sprintf("  %s, %s: %s", f.Step, f.What, f.Left))
	}
	return out
}

// Text says it in a line.
func (p *Proof) Text() string {
	switch {
	case len(p.Failed) > 0:
		return fmt.Sprintf("Does not converge from %d of %d interruptions.", len(p.Failed), p.Interruptions)
	case p.Interruptions < p.Of || p.Of == 0:
		return fmt.Sprintf("Converges from %d of %d interruptions; the others were not tried: %s.", p.Interruptions, p.Of,
			p.Why)
	}
	return fmt.Sprintf("Converges from each of %d interruptions.", p.Of)
}
