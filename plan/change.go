package plan

import "clusterctl/schema"

// Action is what happens to an object.
type Action string

// The actions. Resume finishes an object that is defined or created on some members only. Refuse marks a
// difference that LXD cannot make; its reason says why, and the plan cannot be applied.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
	Resume Action = "resume"
	Refuse Action = "refuse"
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
