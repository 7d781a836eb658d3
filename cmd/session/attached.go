package session

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"unicode/utf8"

	"clusterctl/drivers"
	"clusterctl/schema/preseed"
)

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

func (m Machine) readAttached(from, name string, whole bool) (file preseed.File, err error) {
	f, path, err := m.named(from, name)
	if err != nil {
		return preseed.File{Path: path}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	file.Path = path
	if whole {
		file.Content, err = drivers.ReadAtMost(f, maxNamed)
		if err == nil && (!utf8.Valid(file.Content) || bytes.IndexByte(file.Content, 0) >= 0) {
			err = errors.New("it is no text")
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
