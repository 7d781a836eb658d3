package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Discard removes the folder of a closed world with everything in it. A folder that holds no world is left alone and
// is an error of kind fs.ErrNotExist.
func Discard(dir string) error {
	if !Exists(dir) {
		return fmt.Errorf("there is no sandbox in %s: %w", dir, fs.ErrNotExist)
	}
	held, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return fmt.Errorf("removing the sandbox in %s: %w", dir, err)
	}
	return errors.Join(held.Close(), os.RemoveAll(dir))
}

// Exists reports whether the folder holds a world.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "world.json"))
	return err == nil
}
