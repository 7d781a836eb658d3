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
	if _, err := os.Stat(filepath.Join(dir, "world.json")); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no sandbox in %s: %w", dir, fs.ErrNotExist)
		}
		return err
	}
	held, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return fmt.Errorf("removing the sandbox in %s: %w", dir, err)
	}
	return errors.Join(held.Close(), os.RemoveAll(dir))
}
