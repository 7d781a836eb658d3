package session

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"clusterctl/drivers"
	"clusterctl/schema"
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
	left := cmp.Or(m.Trust.MaxInput, DefaultMaxInput)
	for _, name := range names {
		files, folder, err := inputFiles(name)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			input, err := m.input(folder, file, left)
			if err != nil {
				return nil, err
			}
			inputs = append(inputs, input)
			left -= int64(len(input.Data))
			if m.Hashes != nil {
				m.Hashes[input.Name] = fmt.Sprintf("%x", sha256.Sum256(input.Data))
			}
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

// inputFiles returns the files behind one argument, and the folder in which they must be, empty for anywhere.
func inputFiles(name string) (files []string, folder string, err error) {
	if name == "-" {
		return []string{name}, "", nil
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", Fail(ExitUsage, "Check the spelling and the current directory.",
			fmt.Errorf("no file or directory %q", name))
	case err != nil:
		return nil, "", unreadable(name, err)
	case !info.IsDir():
		return []string{name}, "", nil
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, "", unreadable(name, err)
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".yaml" || ext == ".yml") {
			files = append(files, filepath.Join(name, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, "", Fail(ExitUsage, "A directory is read as all its *.yaml and *.yml files; subdirectories are not.",
			fmt.Errorf("no *.yaml or *.yml in %q", name))
	}
	slices.Sort(files)
	return files, name, nil
}

// input reads an input of at most most bytes; with a folder only if it is a file of that.
func (m Machine) input(folder, name string, most int64) (in preseed.Input, err error) {
	in.Name = name
	var file io.ReadCloser
	switch {
	case name == "-":
		in.Name, file = stdinName, io.NopCloser(m.In)
	case folder != "":
		file, err = m.openBelow(folder, name)
	default:
		file, err = openInput(name)
	}
	switch {
	case errors.Is(err, errOutside):
		return in, Fail(ExitInvalid, "Copy it there, name it on the command line, or add --allow-outside.",
			fmt.Errorf("%s leads out of %s, which was given as a folder of inputs: %s", name, folder, schema.CodeOutside))
	case err != nil:
		return in, unreadable(name, err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if in.Data, err = drivers.ReadAtMost(preseed.UntilDeep(file), most); errors.Is(err, drivers.ErrTooLong) {
		return in, Fail(ExitInvalid, "If that is right, give a larger --max-input, such as 256MiB.",
			fmt.Errorf("%s: %s: the input is larger than --max-input", in.Name, schema.CodeLimit))
	} else if err != nil {
		return in, unreadable(in.Name, err)
	}
	return in, nil
}

func unreadable(name string, err error) error {
	hint := "Name a regular file, or - for standard input."
	if errors.Is(err, fs.ErrPermission) {
		hint = "Let whoever runs clusterctl read it, or give it by standard input: clusterctl ... - <FILE"
	}
	return Fail(ExitInvalid, hint, fmt.Errorf("%s: %s: %s", name, schema.CodeUnreadable, cause(err)))
}

// openInput opens a file that the command line names: a regular one, or what a shell has opened and calls by a path of
// the system, as /dev/stdin or by <(...).
func openInput(name string) (*os.File, error) {
	if ofShell(name) {
		return os.Open(name)
	}
	return drivers.OpenFile(name)
}

func ofShell(name string) bool {
	return strings.HasPrefix(name, "/dev/") || strings.HasPrefix(name, "/proc/")
}

// maxNamed is the largest file in bytes that stands for a value or a certificate.
const maxNamed = 1 << 20

// attach reads a file that a preseed names: all of a value, the checksum alone of an image. One that cannot be read is
// told with its cause.
func (m Machine) attach(from, name string, whole bool) preseed.File {
	file, err := m.readAttached(from, name, whole)
	switch {
	case errors.Is(err, errOutside):
		file.Outside = true
	case err != nil:
		file.Fault = cause(err)
	}
	return file
}

// errNoText says that a value is no text in UTF-8: servers would keep something else.
var errNoText = errors.New("it is no text")

func isText(data []byte) bool { return utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 }

func (m Machine) readAttached(from, name string, whole bool) (file preseed.File, err error) {
	f, path, err := m.named(from, name)
	if err != nil {
		return preseed.File{Path: path}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	file.Path = path
	if whole {
		file.Content, err = drivers.ReadAtMost(f, maxNamed)
		if err == nil && !isText(file.Content) {
			err = errNoText
		}
		return file, err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	file.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return file, err
}

// readNamed reads a file that an input file names.
func (m Machine) readNamed(from, name string) ([]byte, error) {
	file, err := m.readAttached(from, name, true)
	return file.Content, err
}

// cause is an error without the path, which whoever shows it has said.
func cause(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}
