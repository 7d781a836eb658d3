package drivertest

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"fmt"
)

// imageFile makes the file of a container image that tells itself apart by its description. It is the same everywhere.
func imageFile(description string) ([]byte, error) {
	var out bytes.Buffer
	archive := tar.NewWriter(&out)
	metadata := fmt.Sprintf("architecture: x86_64\ncreation_date: 1700000000\nproperties: {description: %s}\n",
		description)
	files := []struct{ name, content string }{{name: "metadata.yaml", content: metadata}}
	for _, folder := range []string{"", "sbin/", "dev/", "proc/", "sys/", "etc/"} {
		files = append(files, struct{ name, content string }{name: "rootfs/" + folder})
	}
	files = append(files, struct{ name, content string }{"rootfs/sbin/init", string(initProgram())})
	for _, f := range files {
		if err := archive.WriteHeader(&tar.Header{Name: f.name, Mode: 0o755, Size: int64(len(f.content))}); err != nil {
			return nil, err
		}
		if _, err := archive.Write([]byte(f.content)); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return out.Bytes(), err
}

// The addresses of the program below: where it is loaded, and how long its two headers are.
const (
	loadAt  = 0x400000
	headers = 64 + 56
)

// initProgram is a Linux program for x86_64 that waits for any signal and ends, as an init does when LXD stops its
// container.
func initProgram() []byte {
	code := []byte{
		0xb8, 14, 0, 0, 0, 0x31, 0xff, 0x48, 0x8d, 0x35, 43, 0, 0, 0, 0x31, 0xd2, 0x41, 0xba, 8, 0, 0, 0, 0x0f, 0x05,
		// rt_sigprocmask(SIG_BLOCK, all)
		0xb8, 128, 0, 0, 0, 0x48, 0x8d, 0x3d, 21, 0, 0, 0, 0x31, 0xf6, 0x31, 0xd2, 0x41, 0xba, 8, 0, 0, 0, 0x0f, 0x05,
		// rt_sigtimedwait(all)
		0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05, // exit(0)
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, // all signals
	}
	file := []byte("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	half, word, long := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32, binary.LittleEndian.AppendUint64
	file = word(half(half(file, 2), 62), 1) // an executable for x86_64
	file = long(long(long(file, loadAt+headers), 64),
		0) // its entry, its program header, no sections
	file = half(half(half(half(half(half(word(file, 0), 64), 56), 1), 0), 0), 0) // the sizes of all that
	size := uint64(headers + len(code))
	file = word(word(file, 1), 5) // one segment to load, to read and to run
	for _, v := range []uint64{0, loadAt, loadAt, size, size, 0x1000} {
		file = long(file, v)
	}
	return append(file, code...)
}
