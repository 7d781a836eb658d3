package session

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"

	"clusterctl/schema/preseed"
)

// maxCertificate is the largest certificate file in bytes that is read.
const maxCertificate = 1 << 20

// attach reads a file that a preseed names: all of a certificate, the checksum alone of an image. One that cannot be
// read is told with its cause.
func (m Machine) attach(path string, whole bool) preseed.File {
	file, err := m.readAttached(path, whole)
	if err != nil {
		file.Fault = cause(err)
	}
	return file
}

func (m Machine) readAttached(path string, whole bool) (file preseed.File, err error) {
	f, err := m.openFile(path)
	if err != nil {
		return file, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if whole {
		file.Content, err = io.ReadAll(io.LimitReader(f, maxCertificate))
		return file, err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	file.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return file, err
}

// cause is an error without the path, which whoever shows it has said.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
