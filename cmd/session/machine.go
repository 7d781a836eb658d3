package session

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"clusterctl/drivers"
)

// Machine is this machine, as far as commands use it.
type Machine struct {
	// In is standard input.
	In io.Reader
	// Getenv returns an environment variable and whether it is set.
	Getenv func(name string) (string, bool)
	// Trust is what the command line lets input files do here.
	Trust Trust
	// Hashes gets the SHA-256 of each input, in hex, for the journal; nil for none.
	Hashes map[string]string
}

// Trust is what input files may do, beside what they always may.
type Trust struct {
	// Env are the environment variables that a preseed may name, beside those that begin with CLUSTERCTL_SECRET_.
	Env []string
	// Outside lets a preseed name files that are not below its folder.
	Outside bool
	// MaxInput is how many bytes all inputs may have; 0 is [DefaultMaxInput].
	MaxInput int64
}

// DefaultMaxInput is how many bytes of input are read when nobody says.
const DefaultMaxInput = 64 << 20

// ReadFile reads a file of this machine; ~/ is the home folder, and other paths count from the current directory.
func (m Machine) ReadFile(path string) ([]byte, error) {
	path, err := m.path(path)
	if err != nil {
		return nil, err
	}
	return drivers.ReadFile(path)
}

func (m Machine) path(path string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, found := m.Getenv("HOME")
		if !found {
			return "", fmt.Errorf("reading %s: HOME is not set", path)
		}
		path = filepath.Join(home, rest)
	}
	return path, nil
}

// errOutside says that a file is not where the one that names it may look.
var errOutside = errors.New("it is not below the folder of the file that names it")

// inputFolder is the folder from which the paths in an input file count.
func inputFolder(input string) string {
	if input == stdinName || ofShell(input) {
		return "."
	}
	return filepath.Dir(input)
}

// named opens a file that an input file names. It returns its path as seen from the current directory, too.
func (m Machine) named(from, name string) (*os.File, string, error) {
	path, err := m.path(name)
	if err != nil {
		return nil, name, err
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(inputFolder(from), path)
	}
	file, err := m.openBelow(inputFolder(from), path)
	return file, path, err
}

// openBelow opens a file if it is below the folder, with all links followed, or may be anywhere.
func (m Machine) openBelow(folder, path string) (*os.File, error) {
	if m.Trust.Outside {
		return drivers.OpenFile(path)
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	target, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(folder, target)
	lexically := err == nil && filepath.IsLocal(rel)
	real, err := filepath.EvalSymlinks(target)
	switch {
	case err != nil && !lexically:
		return nil, errOutside // whether there is one is nobody's business
	case err != nil:
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		return nil, err
	}
	if rel, err = filepath.Rel(folder, real); err != nil || !filepath.IsLocal(rel) {
		return nil, errOutside
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // what is opened stays open
	return drivers.Regular(root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0))
}

// uploads opens the files that a plan of those inputs uploads, by their paths as seen from the current directory.
func (m Machine) uploads(inputs []string) func(path string) (io.ReadCloser, error) {
	return func(path string) (io.ReadCloser, error) {
		err := errOutside
		for _, input := range inputs {
			var file *os.File
			if file, err = m.openBelow(inputFolder(input), path); err == nil {
				return file, nil
			}
		}
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
}

// writtenThrough reports a device that takes whatever is written to it.
func writtenThrough(path string) bool { return path == os.DevNull || path == "/dev/stdout" }

// Free refuses to write to a path where something is that is not ours to replace: anything but an empty regular file,
// or one whose contents are ours.
func Free(path, hint string, ours Own) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), writtenThrough(path):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return Fail(ExitUsage, hint, fmt.Errorf("%s is no regular file; it is left as it is", path))
	case info.Size() == 0:
		return nil
	}
	old, err := readOwn(path)
	switch {
	case err != nil || ours.is != nil && ours.is(old):
		return err
	case ours.not == "":
		return Fail(ExitUsage, hint, fmt.Errorf("%s is there already", path))
	}
	return Fail(ExitUsage, hint, fmt.Errorf("%s is there and %s; it is left as it is", path, ours.not))
}

// Own tells files that may be replaced from those of somebody else.
type Own struct {
	is  func(old []byte) bool
	not string
}

// What may be replaced: nothing, anything, a saved plan, a document for lxd init, a log.
var (
	Nothing     = Own{}
	Anything    = Own{is: func([]byte) bool { return true }}
	ownPlan     = Own{is: isPlan, not: "is no saved plan"}
	ownDocument = Own{is: isRendered, not: "was not rendered"}
	ownLog      = Own{is: func(old []byte) bool { return bytes.HasPrefix(old, []byte(`{"`)) }, not: "is no log"}
)

// mostOwn is how many bytes of a file of our own are read: a plan, or a journal.
const mostOwn = 1 << 30

func readOwn(path string) (data []byte, err error) {
	file, err := drivers.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return drivers.ReadAtMost(file, mostOwn)
}

// WriteFile writes a file with that mode in one go, where [Free] lets it: a crash leaves the old file or the new one.
func WriteFile(path string, data []byte, mode fs.FileMode, hint string, ours Own) (err error) {
	if err := Free(path, hint, ours); err != nil {
		return err
	}
	if writtenThrough(path) {
		return os.WriteFile(path, data, mode)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name()) // the first error says it all
		}
	}()
	_, err = file.Write(data)
	if err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// OpenLog opens a log to append to it: a new file, or one that begins as our logs do.
func OpenLog(path string) (*os.File, error) {
	if err := Free(path, "Name another file.", ownLog); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY|syscall.O_NONBLOCK, 0o600)
	if err != nil || writtenThrough(path) {
		return file, err
	}
	there, err := os.Lstat(path)
	if err == nil && !there.Mode().IsRegular() {
		err = errors.Join(fmt.Errorf("%s is no regular file", path), file.Close())
	}
	return file, err
}
