package sandbox

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// upload is an image file that was sent. It is read as it comes and not kept: nobody starts anything from it.
type upload struct {
	fingerprint string
	size        int64
	kind        string
	properties  map[string]string
	// err says why it is no image.
	err error
}

// uploadHead is how much of a file tells what it is: the mark of a tarball is at byte 257.
const uploadHead = 262

// packed are the beginnings of files that LXD unpacks with programs and the sandbox takes unseen: xz, lzma, zstd,
// squashfs.
var packed = []string{"\xfd7zXZ", "\x5d\x00\x00", "\x28\xb5\x2f\xfd", "hsqs"}

// readUpload reads a file to its end. The error is for a connection that broke.
func readUpload(r io.Reader) (*upload, error) {
	sum, in := sha256.New(), &counter{}
	buffered := bufio.NewReaderSize(io.TeeReader(r, io.MultiWriter(sum, in)), 1<<16)
	u := &upload{kind: instanceTypes[0], properties: map[string]string{}}
	head, err := buffered.Peek(uploadHead)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case len(head) == 0:
		u.err = io.EOF
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		var unpacked *gzip.Reader
		if unpacked, u.err = gzip.NewReader(buffered); u.err == nil {
			u.err = u.readTar(unpacked)
		}
	case bytes.HasPrefix(head, []byte("BZh")):
		u.err = u.readTar(bzip2.NewReader(buffered))
	case bytes.HasSuffix(head, []byte("ustar")):
		u.err = u.readTar(buffered)
	case !slices.ContainsFunc(packed, func(mark string) bool { return bytes.HasPrefix(head, []byte(mark)) }):
		u.err = errors.New("Unsupported compression")
	}
	if _, err := io.Copy(io.Discard, buffered); err != nil {
		return nil, err
	}
	u.fingerprint, u.size = hex.EncodeToString(sum.Sum(nil)), in.bytes
	return u, nil
}

// readTar looks for the metadata and the root, and stops when it has seen both.
func (u *upload) readTar(r io.Reader) error {
	archive := tar.NewReader(r)
	known, rooted := false, false
	for !known || !rooted {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch name := strings.TrimPrefix(header.Name, "./"); {
		case name == "metadata.yaml":
			if err := u.readMetadata(archive); err != nil {
				return err
			}
			known = true
		case name == "rootfs.img":
			u.kind, rooted = instanceTypes[1], true
		case strings.HasPrefix(name, "rootfs/"):
			rooted = true
		}
	}
	if !known {
		return errors.New("Metadata tarball is missing metadata.yaml")
	}
	return nil
}

func (u *upload) readMetadata(r io.Reader) error {
	var metadata struct {
		Architecture string         `yaml:"architecture"`
		Created      int64          `yaml:"creation_date"`
		Properties   map[string]any `yaml:"properties"`
	}
	text, err := io.ReadAll(r)
	if err == nil {
		err = yaml.Unmarshal(text, &metadata)
	}
	switch {
	case err != nil:
		return err
	case metadata.Architecture == "":
		return errors.New("Architecture isn't supported: ")
	case metadata.Created == 0:
		return errors.New("Missing creation date")
	}
	for key, value := range metadata.Properties {
		u.properties[key] = fmt.Sprint(value)
	}
	return nil
}

// counter counts what is written to it.
type counter struct{ bytes int64 }

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}
