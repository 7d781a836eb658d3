package raftlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/pierrec/lz4/v4"
)

// lz4Magic begins a frame of LZ4, as raft compresses snapshots (canonical/raft 0.11 and later, src/compress.c).
const lz4Magic = 0x184D2204

var errLZ4 = errors.New("its compressed data is broken")

// unpack returns a snapshot's content, of at most max bytes; one that is not compressed as it is.
func unpack(data []byte, max int) ([]byte, error) {
	if len(data) < 4 || binary.LittleEndian.Uint32(data) != lz4Magic {
		return data, nil
	}
	out, err := io.ReadAll(io.LimitReader(lz4.NewReader(bytes.NewReader(data)), int64(max)+1))
	switch {
	case len(out) > max:
		return nil, errTooLarge
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, errShort
	case err != nil:
		return nil, errLZ4
	}
	return out, nil
}
