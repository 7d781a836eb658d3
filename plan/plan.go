package plan

import (
	"encoding/json"
	"strings"

	"clusterctl/schema"
)

// Format is the version of the JSON form of a plan. It grows when a reader of the old form would be misled.
const Format = 1

// Plan is the whole answer: what differs, what will be done in which order, and what speaks against it.
type Plan struct {
	// Flavour is what the servers run.
	Flavour schema.Flavour
	// Cluster is the fingerprint of the certificate that the cluster serves; empty where there is none, or none was
	// read.
	Cluster string
	// Source is where the live side was read: schema.Facts.Source. A plan made from a dump is never applied.
	Source string
	// Targets and Excludes are those of [Options]: what the plan is limited to, and what was left out of it.
	Targets, Excludes []string
	// Files are the input files the plan was made from, as they were given.
	Files []string
	// Base has a fingerprint of each live object the plan relied on, and of what the steps about it do.
	Base map[schema.Ref]string
	// Changes are ordered by the order in which they begin.
	Changes []Change
	// Steps are in a valid order: every step comes after all that it needs.
	Steps []Step
	// Unseen is what the preseed declares and nobody could compare.
	Unseen []Unseen
	// Diagnostics are warnings, advice and refusals.
	Diagnostics schema.Diagnostics
	// Members are how to reach the members, without any secret, so that a saved plan can be applied.
	Members []schema.Member
	// Bootstrap is the member that bootstraps a new cluster, or once did.
	Bootstrap string
	// Rehearsal is what came of the steps on a copy of the cluster; nil where nobody asked for it, or nothing is to be
	// done.
	Rehearsal *Rehearsal
	// Seal is what [Plan.Sign] has put on it, empty for none.
	Seal string
}

// Empty reports that there is nothing to do, as far as the cluster was seen: see [Plan.Incomplete].
func (p *Plan) Empty() bool { return len(p.Changes) == 0 && len(p.Steps) == 0 }

// Limited reports that the plan is not about all that the preseed says.
func (p *Plan) Limited() bool { return len(p.Targets)+len(p.Excludes) > 0 }

// Introduces reports that the plan only makes servers trust this client: the rest is planned once they do.
func (p *Plan) Introduces() bool { return len(p.Steps) > 0 && p.Steps[0].Op.Kind == OpTrust }

// ComesFirst reports a plan before whose end nothing else can be planned: that a server trusts this client, or that one
// which does not start is mended. It is one of steps alone.
func (p *Plan) ComesFirst() bool {
	return p.Introduces() || len(p.Changes) == 0 && len(p.Steps) > 0 && p.Steps[0].Op.Shell != nil &&
		p.Steps[0].Op.Shell.Task == TaskUnbootstrap
}

// Refused reports that a guard speaks against applying the plan.
func (p *Plan) Refused() bool {
	return p.Diagnostics.Has(schema.SeverityRefusal) || p.Diagnostics.Has(schema.SeverityError)
}

// Options are what the person who asks for a plan decides.
type Options struct {
	// AllowDestroy names the objects that may be deleted, in the text form of a Ref.
	AllowDestroy []string
	// Targets, when there are any, name the only objects that the plan is about; what they need comes with them.
	// Excludes name objects that it leaves alone. Both are KIND/NAME or KIND/PROJECT/NAME.
	Targets, Excludes []string
	// Prune are kinds whose undeclared objects are removed, beside those that the preseed names; as in a preseed, or
	// in the singular.
	Prune []string
	// Evacuate moves the instances and the custom volumes away from members that leave.
	Evacuate bool
}

// Unseen is something that the preseed declares and that was not compared, since the live side of it was not seen.
// Nothing is planned for it: it is neither equal nor different.
type Unseen struct {
	Ref schema.Ref
	// Member is whose part it is; empty for what is the same on all members.
	Member string
	// Path is the only field that was not seen, as in [FieldChange.Path]; empty for all that is declared there.
	Path string
	// Fault is the kind of the failure; zero where the source cannot show it at all.
	Fault schema.Fault
	// Cause says why in a few words.
	Cause string
	// At is where the preseed declares it.
	At schema.Position
}

// Incomplete reports that something declared was not compared.
func (p *Plan) Incomplete() bool { return len(p.Unseen) > 0 }

// String names what was not seen: "the server keys of node3", "storage_pool/local on node3", "network/br0
// (description)".
func (u Unseen) String() string {
	switch {
	case u.Ref == ServerRef() && u.Member != "":
		return "the server keys of " + u.Member
	case u.Member != "":
		return u.Ref.String() + " on " + u.Member
	case u.Path != "":
		return u.Ref.String() + " (" + u.Path[strings.LastIndexByte(u.Path, '.')+1:] + ")"
	}
	return u.Ref.String()
}

type unseenJSON struct {
	Kind    schema.KindName `json:"kind"`
	Name    string          `json:"name"`
	Project string          `json:"project"`
	Member  string          `json:"member"`
	Path    string          `json:"path"`
	Fault   schema.Fault    `json:"fault"`
	Cause   string          `json:"cause"`
	At      schema.Position `json:"at,omitzero"`
}

// MarshalJSON writes it as a plan's JSON has it, see docs/json.md.
func (u Unseen) MarshalJSON() ([]byte, error) {
	return json.Marshal(unseenJSON{Kind: u.Ref.Kind, Name: u.Ref.Name, Project: u.Ref.Project, Member: u.Member,
		Path: u.Path, Fault: u.Fault, Cause: u.Cause, At: u.At})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (u *Unseen) UnmarshalJSON(b []byte) error {
	var doc unseenJSON
	err := json.Unmarshal(b, &doc)
	*u = Unseen{Ref: schema.Ref{Kind: doc.Kind, Project: doc.Project, Name: doc.Name}, Member: doc.Member, Path: doc.Path,
		Fault: doc.Fault, Cause: doc.Cause, At: doc.At}
	return err
}
