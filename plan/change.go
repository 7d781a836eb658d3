package plan

import (
	"slices"
	"strings"

	"clusterctl/schema"
)

// Action is what happens to an object.
type Action string

// The actions. Resume finishes an object that is defined or created on some members only; Rebuild deletes one that was
// never whole and creates it anew, where it cannot be finished as declared, or gives an instance a new root disk. Refuse
// marks a difference that LXD cannot make; its reason says why, and the plan cannot be applied.
const (
	Create  Action = "create"
	Update  Action = "update"
	Delete  Action = "delete"
	Resume  Action = "resume"
	Rebuild Action = "rebuild"
	Refuse  Action = "refuse"
)

// FieldChange is one difference within an object.
type FieldChange struct {
	// Path is attrs.KEY, config.KEY, devices.NAME.KEY, lists.NAME, or members.NAME.KEY for a member-specific
	// key; members.NAME alone for a member's missing part, devices.NAME for a device that goes.
	Path string `json:"path"`
	// Member is whose part differs; empty for what is the same on all members.
	Member string `json:"member,omitempty"`
	// Key is the last part of Path: the attribute, configuration key, device key or list.
	Key string `json:"key,omitempty"`
	// Device is the name of the device that has Key.
	Device string `json:"device,omitempty"`
	// Old and New are the literal values; empty means not set. Both are "***" for a secret.
	Old    string          `json:"old"`
	New    string          `json:"new"`
	Secret bool            `json:"secret,omitempty"`
	At     schema.Position `json:"at,omitzero"`
}

// Change is the difference of one object.
type Change struct {
	Ref    schema.Ref
	Action Action
	// Reason is a short phrase: "not there", "differs", "created on 2 of 3 members".
	Reason string
	Fields []FieldChange
	// At is where the preseed speaks of the object; nowhere for a deletion.
	At schema.Position
}

// Deletes reports that the object that is there goes, whether another one comes in its place or not.
func (c Change) Deletes() bool { return c.Action == Delete || c.Action == Rebuild }

// LosesPart reports that a member's part of an object goes, such as its volume of that name.
func (c Change) LosesPart() bool {
	return slices.ContainsFunc(c.Fields, func(f FieldChange) bool {
		return f.Member != "" && f.Key == "" && f.New == string(schema.StateAbsent)
	})
}

// Target returns the difference between where an instance is and where it is to be.
func (c Change) Target() (FieldChange, bool) {
	i := slices.IndexFunc(c.Fields, func(f FieldChange) bool { return f.Path == "attrs."+TargetAttr })
	if i < 0 {
		return FieldChange{}, false
	}
	return c.Fields[i], true
}

// ListText is a list as a change shows it: sorted, with commas.
func ListText(names []string) string {
	return strings.Join(slices.Sorted(slices.Values(names)), ",")
}

// TargetAttr is the attribute that says where an instance is to be: a member, or @GROUP.
const TargetAttr = "target"

// MemberRef is the reference of a member.
func MemberRef(name string) schema.Ref { return schema.Ref{Kind: schema.KindMember, Name: name} }

// ServerRef is the reference of the servers' configuration.
func ServerRef() schema.Ref { return schema.Ref{Kind: schema.KindServer, Name: schema.ServerName} }
