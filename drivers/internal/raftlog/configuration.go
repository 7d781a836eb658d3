package raftlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Server is one entry of a Raft configuration.
type Server struct {
	ID      uint64
	Address string
}

const (
	configurationFormat = 1
	voterOnDisk         = 1 // 0 is a stand-by, 2 a spare (canonical/raft 0.22, include/raft.h; not as in the protocol)
	metaHeader          = 32
)

// Servers is the newest Raft configuration that the log has, committed or not: that of its last entry of this kind, or
// of the snapshot.
func (l Log) Servers() ([]Server, error) {
	for i := len(l.Entries) - 1; i >= 0; i-- {
		if e := l.Entries[i]; e.Kind == Configuration {
			found, err := servers(e.Data)
			if err != nil {
				return nil, fmt.Errorf("reading entry %d: %w", l.First+uint64(i), err)
			}
			return found, nil
		}
	}
	if l.meta == nil {
		return nil, errors.New("the log has no configuration")
	}
	found, err := described(l.meta)
	if err != nil {
		return nil, fmt.Errorf("reading what describes the snapshot: %w", err)
	}
	return found, nil
}

// described reads the file beside a snapshot: the format, a checksum of what follows, the index of the configuration,
// its length, and itself (canonical/raft 0.22, src/uv_snapshot.c).
func described(meta []byte) ([]Server, error) {
	if len(meta) < metaHeader {
		return nil, errShort
	}
	size := binary.LittleEndian.Uint64(meta[24:])
	switch format := binary.LittleEndian.Uint64(meta); {
	case format != diskFormat:
		return nil, fmt.Errorf("its format is %d, not %d", format, diskFormat)
	case size > uint64(len(meta)-metaHeader):
		return nil, errShort
	case uint64(checksum(meta[16:metaHeader+size])) != binary.LittleEndian.Uint64(meta[8:]):
		return nil, errors.New("its checksum is wrong")
	}
	return servers(meta[metaHeader : metaHeader+size])
}

// servers reads a configuration: the format in a byte, the number of servers, and of each its number, its address with
// a zero behind it, and its role in a byte; what follows fills up (canonical/raft 0.22, src/configuration.c).
func servers(data []byte) ([]Server, error) {
	if len(data) < 9 {
		return nil, errShort
	}
	if data[0] != configurationFormat {
		return nil, fmt.Errorf("its format is %d, not %d", data[0], configurationFormat)
	}
	n, rest := binary.LittleEndian.Uint64(data[1:]), data[9:]
	var out []Server
	for range min(n, maxEntries) {
		if len(rest) < 8 {
			return nil, errShort
		}
		id := binary.LittleEndian.Uint64(rest)
		address, behind, whole := bytes.Cut(rest[8:], []byte{0})
		if !whole || len(behind) == 0 {
			return nil, errShort
		}
		out, rest = append(out, Server{ID: id, Address: string(address)}), behind[1:]
	}
	return out, nil
}

// configuration is one of voters as raft writes it.
func configuration(of []Server) []byte {
	data := binary.LittleEndian.AppendUint64([]byte{configurationFormat}, uint64(len(of)))
	for _, s := range of {
		data = append(binary.LittleEndian.AppendUint64(data, s.ID), s.Address...)
		data = append(data, 0, voterOnDisk)
	}
	return append(data, make([]byte, -len(data)&7)...)
}

// description is the file beside a snapshot with that configuration.
func description(of []Server) []byte {
	data := configuration(of)
	rest := binary.LittleEndian.AppendUint64(nil, 1) // the configuration's index
	rest = append(binary.LittleEndian.AppendUint64(rest, uint64(len(data))), data...)
	head := binary.LittleEndian.AppendUint64(nil, diskFormat)
	return append(binary.LittleEndian.AppendUint64(head, uint64(checksum(rest))), rest...)
}
