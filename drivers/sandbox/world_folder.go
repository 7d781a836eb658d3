package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Dir returns the folder of the world's files.
func (w *World) Dir() string { return w.dir }

func (w *World) path(names ...string) string {
	return filepath.Join(append([]string{w.dir}, names...)...)
}

// Discard removes the files of a closed world, and the folder if nothing else is in it. A folder that holds no world is
// left alone and is an error of kind fs.ErrNotExist.
func Discard(dir string) error {
	if !Exists(dir) {
		return fmt.Errorf("there is no sandbox in %s: %w", dir, fs.ErrNotExist)
	}
	held, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return fmt.Errorf("removing the sandbox in %s: %w", dir, err)
	}
	errs := []error{held.Close(), os.RemoveAll(filepath.Join(dir, "members"))}
	for _, name := range ownFiles {
		files, err := filepath.Glob(filepath.Join(globbed.Replace(dir), name))
		errs = append(errs, err)
		for _, file := range files {
			errs = append(errs, os.Remove(file))
		}
	}
	if left, err := os.ReadDir(dir); err == nil && len(left) == 0 {
		errs = append(errs, os.Remove(dir))
	}
	return errors.Join(errs...)
}

// markNew is a mark that is not written to its end.
const markNew = "world.json.new"

// ownFiles are the names of what a world keeps in its folder beside the members' folders, the mark last.
var (
	ownFiles = []string{"db[0-9]*.db", "db[0-9]*.db-shm", "db[0-9]*.db-wal", "id_ed25519", "id_ed25519.pub",
		"known_hosts", "lock", markNew, "world.json"}
	globbed = strings.NewReplacer("*", "\\*", "?", "\\?", "[", "\\[", "\\", "\\\\")
)

// Exists reports whether the folder holds a world.
func Exists(dir string) bool {
	raw, err := os.ReadFile(filepath.Join(dir, "world.json"))
	var mark saved
	return err == nil && json.Unmarshal(raw, &mark) == nil && mark.Version > 0 && len(mark.Members) > 0
}

// unused reports that the folder has nothing but what a start leaves that did not get as far as its mark.
func unused(dir string) bool {
	entries, _ := os.ReadDir(dir)
	return !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() != "lock" && e.Name() != markNew })
}

// identity makes the key with which clients come over SSH, and returns the line for authorized_keys.
func (w *World) identity() ([]byte, error) {
	key, err := sshKey(w.path("id_ed25519"))
	if err != nil {
		return nil, err
	}
	return publicKey(key)
}

// writeKnownHosts writes the host keys of all SSH servers in the format of known_hosts.
func (w *World) writeKnownHosts() error {
	var text strings.Builder
	for _, m := range w.members {
		key, err := sshKey(w.path("members", m.Label, "ssh_host_key"))
		if err != nil {
			return err
		}
		public, err := publicKey(key)
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "[127.0.0.1]:%d %s", port(m.sshListener), public)
	}
	return os.WriteFile(w.path("known_hosts"), []byte(text.String()), 0o600)
}
