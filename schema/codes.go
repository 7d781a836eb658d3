package schema

// Code names a kind of problem. It is stable: scripts and the explain command rely on it.
type Code string
