//go:build e2e && linux

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// imageCommand is image FILE DESCRIPTION: it makes a container image of busybox, whose init ends when LXD stops the
// container.
func imageCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "image FILE DESCRIPTION")
	data, err := busyboxImage(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

func busyboxImage(description string) ([]byte, error) {
	busybox, err := os.ReadFile("/bin/busybox") // Debian's package busybox-static
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	archive := tar.NewWriter(packed)
	var errs []error
	add := func(h tar.Header, data []byte) {
		h.Size = int64(len(data))
		errs = append(errs, archive.WriteHeader(&h))
		_, err := archive.Write(data)
		errs = append(errs, err)
	}
	add(tar.Header{Name: "metadata.yaml", Mode: 0o644},
		[]byte("architecture: x86_64\ncreation_date: 1700000000\nproperties: {description: "+description+"}\n"))
	for _, folder := range []string{"", "bin", "sbin", "dev", "proc", "sys", "etc", "tmp", "root"} {
		add(tar.Header{Typeflag: tar.TypeDir, Name: filepath.Join("rootfs", folder) + "/", Mode: 0o755}, nil)
	}
	add(tar.Header{Name: "rootfs/bin/busybox", Mode: 0o755}, busybox)
	for link, target := range map[string]string{"rootfs/sbin/init": "../bin/busybox", "rootfs/bin/sh": "busybox"} {
		add(tar.Header{Typeflag: tar.TypeSymlink, Name: link, Linkname: target, Mode: 0o777}, nil)
	}
	errs = append(errs, archive.Close(), packed.Close())
	return out.Bytes(), errors.Join(errs...)
}
