//go:build !unix

package sandbox

import "os"

// lock keeps a file open. Without advisory locks two commands at once are not kept apart.
func lock(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
}
