package schema

import "regexp"

var hostName = regexp.MustCompile(`^[\pL\pN_.:\[][\pL\pN_.:%+\[\]-]*$`)

// HostName reports whether that can be the name or the address of a host: nothing that a shell, a terminal or the
// flags of a program read as something else.
func HostName(text string) bool { return hostName.MatchString(text) }
