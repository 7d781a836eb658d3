package schema

// Code names a kind of problem. It is stable: scripts and the explain command rely on it.
type Code string

// The codes that the kinds use.
const (
	CodeName          Code = "name"
	CodeValue         Code = "value"
	CodeDevice        Code = "device"
	CodeBridgeAddress Code = "bridge-address"
)
