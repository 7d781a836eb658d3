package drivertest

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path"
)

// busybox is what the images start, from Debian's package busybox-static. Where it is missing, they start nothing.
const busybox = "/bin/busybox"

type imageEntry struct {
	header tar.Header
	data   []byte
}

// imageFile makes the file of a container image that tells itself apart by its description.
func imageFile(description string) ([]byte, error) {
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	program, _ := os.ReadFile(busybox) // only real daemons start it
	metadata := fmt.Sprintf("architecture: x86_64\ncreation_date: 1700000000\nproperties: {description: %s}\n", description)
	entries := []imageEntry{{tar.Header{Name: "metadata.yaml", Mode: 0o644}, []byte(metadata)}}
	for _, folder := range []string{"", "bin", "sbin", "dev", "proc", "sys", "etc", "tmp", "root"} {
		entries = append(entries, imageEntry{header: tar.Header{Typeflag: tar.TypeDir, Name: path.Join("rootfs", folder) + "/", Mode: 0o755}})
	}
	entries = append(entries,
		imageEntry{tar.Header{Name: "rootfs/bin/busybox", Mode: 0o755}, program},
		imageEntry{header: tar.Header{Typeflag: tar.TypeSymlink, Name: "rootfs/sbin/init", Linkname: "../bin/busybox", Mode: 0o777}})
	for _, e := range entries {
		e.header.Size = int64(len(e.data))
		if err := archive.WriteHeader(&e.header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(e.data); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return out.Bytes(), err
}
