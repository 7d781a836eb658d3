package plan

import (
	"encoding/json"
	"strings"

	"clusterctl/schema"
)

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
		Path:  u.Path,
		Fault: u.Fault, Cause: u.Cause, At: u.At})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (u *Unseen) UnmarshalJSON(b []byte) error {
	var doc unseenJSON
	err := json.Unmarshal(b, &doc)
	*u = Unseen{Ref: schema.Ref{Kind: doc.Kind, Project: doc.Project, Name: doc.Name}, Member: doc.Member, Path: doc.Path,
		Fault: doc.Fault, Cause: doc.Cause, At: doc.At}
	return err
}
