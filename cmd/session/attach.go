package session

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"

	"clusterctl/schema"
)

// attach reads the files that a preseed names: all of a certificate, the checksum alone of an image. A file that cannot
// be read is told with its cause.
func (m Machine) attach(wanted []schema.Attachment) []schema.Attachment {
	var out []schema.Attachment
	seen := map[string]bool{}
	for _, file := range wanted {
		if seen[file.Path] {
			continue
		}
		seen[file.Path] = true
		if err := m.readAttachment(&file); err != nil {
			file.Fault = cause(err)
		}
		out = append(out, file)
	}
	return out
}

// maxCertificate is the largest certificate file in bytes that is read.
const maxCertificate = 1 << 20

func (m Machine) readAttachment(file *schema.Attachment) (err error) {
	f, err := m.openFile(file.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if file.Text {
		file.Content, err = io.ReadAll(io.LimitReader(f, maxCertificate))
		return err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	file.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return err
}

// cause is an error without the path, which whoever shows it has said.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
