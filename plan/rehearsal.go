package plan

import "strings"

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
