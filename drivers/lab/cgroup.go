//go:build linux

package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// mountCgroups mounts the second version's hierarchy in the lab's folder: there is only one, wherever this machine's
// init has it, and whether or not its controllers are in use elsewhere. An init needs it to keep track of processes.
func (l *Lab) mountCgroups() error {
	folder := l.cgroupFolder()
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount("cgroup", folder, "cgroup2", 0, ""); err != nil {
		return fmt.Errorf("mounting %s: %w", folder, err)
	}
	return nil
}

func (l *Lab) cgroupFolder() string { return filepath.Join(l.Folder, "cgroup") }

// cgroup is the machine's cgroup, named like its network namespace.
func (m *Member) cgroup() string { return filepath.Join(m.lab.cgroupFolder(), m.Namespace) }

// cgroups lists the machines' cgroups that are there.
func (l *Lab) cgroups() []string {
	found, err := filepath.Glob(filepath.Join(l.cgroupFolder(), l.name("m")+"*"))
	if err != nil {
		panic(err) // the pattern is ours
	}
	return found
}

// removeCgroups removes cgroups with those below them. Their processes have been killed, and may take a moment to go.
func removeCgroups(cgroups []string) error {
	for _, top := range cgroups {
		for deadline := time.Now().Add(stopLimit); ; time.Sleep(20 * time.Millisecond) {
			err := removeTree(top)
			if err == nil {
				break
			}
			if !errors.Is(err, syscall.EBUSY) || time.Now().After(deadline) {
				return fmt.Errorf("removing the cgroup %s: %w", top, err)
			}
		}
	}
	return nil
}

// removeTree removes a cgroup's folders, which count as empty: the files in them are the kernel's.
func removeTree(top string) error {
	var folders []string
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, folder := range slices.Backward(folders) {
		if err := syscall.Rmdir(folder); err != nil && !errors.Is(err, syscall.ENOENT) {
			return err
		}
	}
	return nil
}
