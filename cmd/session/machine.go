package session

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Machine is this machine, as far as commands use it.
type Machine struct {
	// In is standard input.
	In io.Reader
	// Getenv returns an environment variable and whether it is set.
	Getenv func(name string) (string, bool)
}

// ReadFile reads a file of this machine; ~/ is the home folder, and other paths count from the current directory.
func (m Machine) ReadFile(path string) ([]byte, error) {
	path, err := m.path(path)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// openFile opens a file as ReadFile finds it.
func (m Machine) openFile(path string) (io.ReadCloser, error) {
	path, err := m.path(path)
	if err != nil {
		return nil, err
	}
	return os.Open(path)
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

// writeAtomically writes a file, readable by its owner only, in one go: a crash leaves the old file or the new one.
func writeAtomically(path string, data []byte) (err error) {
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
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
