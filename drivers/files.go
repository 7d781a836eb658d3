package drivers

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Regular returns an opened file if it is a regular one, and closes any other: a device has no end, and a FIFO would be
// waited for. It takes what os.OpenFile returns, which has to be called with syscall.O_NONBLOCK.
func Regular(file *os.File, err error) (*os.File, error) {
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "read", Path: file.Name(), Err: syscall.EISDIR}
	} else if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: file.Name(), Err: errors.New("it is no regular file")}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// OpenFile opens a regular file to read; it waits for nobody.
func OpenFile(path string) (*os.File, error) {
	return Regular(os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0))
}

// mostInFile is how many bytes ReadFile reads: keys, certificates and known hosts are far smaller.
const mostInFile = 16 << 20

// ReadFile is os.ReadFile for a regular file of at most 16 MiB.
func ReadFile(path string) (data []byte, err error) {
	file, err := OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return ReadAtMost(file, mostInFile)
}

// ErrTooLong says that there is more to read than there may be.
var ErrTooLong = errors.New("it is too long")

// ReadAtMost reads all of r; the error is ErrTooLong when that is more than most bytes.
func ReadAtMost(r io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, ErrTooLong
	}
	return data, err
}
