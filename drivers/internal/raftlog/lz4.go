package raftlog

import (
	"encoding/binary"
	"errors"
)

// lz4Magic begins a frame of LZ4, as raft compresses snapshots (canonical/raft 0.11 and later, src/compress.c).
const lz4Magic = 0x184D2204

// unpack returns a snapshot's content, of at most max bytes; one that is not compressed as it is. Checksums are not
// verified: SQLite judges what comes out.
func unpack(data []byte, max int) ([]byte, error) {
	if len(data) < 4 || binary.LittleEndian.Uint32(data) != lz4Magic {
		return data, nil
	}
	const blockChecksums, contentSize, dictionary = 1 << 4, 1 << 3, 1
	if len(data) < 7 {
		return nil, errShort
	}
	flags, header := data[4], 7 // magic, flags, block size, checksum of the header
	if flags&contentSize != 0 {
		header += 8
	}
	if flags>>6 != 1 || flags&dictionary != 0 {
		return nil, errors.New("it is compressed in an unknown way")
	}
	var out []byte
	for data = data[min(header, len(data)):]; ; {
		if len(data) < 4 {
			return nil, errShort
		}
		size := binary.LittleEndian.Uint32(data)
		data = data[4:]
		if size == 0 {
			return out, nil
		}
		plain := size>>31 == 1
		size &= 1<<31 - 1
		if uint64(size) > uint64(len(data)) {
			return nil, errShort
		}
		var err error
		if out, err = lz4Block(out, data[:size], plain, max); err != nil {
			return nil, err
		}
		data = data[size:]
		if flags&blockChecksums != 0 {
			data = data[min(4, len(data)):]
		}
	}
}

var errLZ4 = errors.New("its compressed data is broken")

// lz4Block adds what a block holds to what came before it: sequences of bytes as they are and of bytes to repeat.
func lz4Block(out, data []byte, plain bool, max int) ([]byte, error) {
	if plain {
		if len(data) > max-len(out) {
			return nil, errTooLarge
		}
		return append(out, data...), nil
	}
	for len(data) > 0 {
		token := data[0]
		literals, rest, ok := lz4Length(data[1:], token>>4)
		if !ok || literals > len(rest) {
			return nil, errLZ4
		}
		if literals > max-len(out) {
			return nil, errTooLarge
		}
		out, data = append(out, rest[:literals]...), rest[literals:]
		if len(data) == 0 { // the last sequence has no repetition
			return out, nil
		}
		if len(data) < 2 {
			return nil, errLZ4
		}
		distance := int(binary.LittleEndian.Uint16(data))
		length, rest, ok := lz4Length(data[2:], token&15)
		if !ok || distance == 0 || distance > len(out) {
			return nil, errLZ4
		}
		if length += 4; length > max-len(out) {
			return nil, errTooLarge
		}
		for range length { // what is repeated may overlap what it becomes
			out = append(out, out[len(out)-distance])
		}
		data = rest
	}
	return out, nil
}

// lz4Length reads a length: four bits, and as many further bytes as are 255, and one more.
func lz4Length(data []byte, bits byte) (length int, rest []byte, ok bool) {
	length = int(bits)
	for more := bits == 15; more; data = data[1:] {
		if len(data) == 0 {
			return 0, nil, false
		}
		length += int(data[0])
		more = data[0] == 255
	}
	return length, data, true
}
