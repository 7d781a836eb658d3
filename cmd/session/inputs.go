package session

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"clusterctl/schema/preseed"
)

// stdinName stands for standard input in messages and in a saved plan.
const stdinName = "<stdin>"

// Inputs reads the files, the *.yaml and *.yml of the directories, and "-" (standard input), in that order.
// Without a name it takes the first of preseed.yaml, cluster.yaml and cluster.d of the current directory.
func (m Machine) Inputs(names []string) ([]preseed.Input, error) {
	if len(names) == 0 {
		name, err := defaultInput()
		if err != nil {
			return nil, err
		}
		names = []string{name}
	}
	var inputs []preseed.Input
	for _, name := range names {
		files, err := inputFiles(name)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			input, err := m.input(file)
			if err != nil {
				return nil, err
			}
			inputs = append(inputs, input)
		}
	}
	return inputs, nil
}
func defaultInput() (string, error) {
	for _, name := range []string{"preseed.yaml", "cluster.yaml", "cluster.d"} {
		if _, err := os.Stat(name); err == nil {
			return name, nil
		}
	}
	return "", Fail(ExitUsage, "Name the input: a file, a directory, or - for standard input.",
		errors.New("no input named, and no preseed.yaml, cluster.yaml or cluster.d/ in the current directory"))
}

// inputFiles returns the files behind one argument.
func inputFiles(name string) ([]string, error) {
	if name == "-" {
		return []string{name}, nil
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, Fail(ExitUsage, "Check the spelling and the current directory.",
			fmt.Errorf("no file or directory %q", name))
	case err != nil:
		return nil, fmt.Errorf("reading inputs: %w", err)
	case !info.IsDir():
		return []string{name}, nil
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, fmt.Errorf("reading inputs: %w", err)
	}
	var files []string
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			files = append(files, filepath.Join(name, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, Fail(ExitUsage, "A directory is read as all its *.yaml and *.yml files; subdirectories are not.",
			fmt.Errorf("no *.yaml or *.yml in %q", name))
	}
	slices.Sort(files)
	return files, nil
}

func (m Machine) input(file string) (preseed.Input, error) {
	if file == "-" {
		data, err := io.ReadAll(m.In)
		if err != nil {
			return preseed.Input{}, fmt.Errorf("reading standard input: %w", err)
		}
		return preseed.Input{Name: stdinName, Data: data}, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return preseed.Input{}, fmt.Errorf("reading inputs: %w", err)
	}
	return preseed.Input{Name: file, Data: data}, nil
}

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
