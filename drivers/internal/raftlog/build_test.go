package raftlog_test

import (
	"encoding/binary"
	"fmt"

	"clusterctl/drivers/internal/raftlog"
)

// entry is an entry to write.
type entry struct {
	term uint64
	kind raftlog.Kind
	data []byte
}

// entries are commands of those terms that do nothing.
func entries(terms ...uint64) []entry {
	var out []entry
	for _, t := range terms {
		out = append(out, entry{t, raftlog.Command, command(4, text("db.bin"))})
	}
	return out
}

// sum is raft's checksum, one bit after the other.
func sum(data []byte) (crc uint32) {
	for _, b := range data {
		crc ^= uint32(b) << 24
		for range 8 {
			if high := crc>>31 == 1; high {
				crc = crc<<1 ^ 0x04c11db7
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

func u64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
func u32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func pad(data []byte) []byte { return append(data, make([]byte, -len(data)&7)...) }

func text(s string) []byte { return pad(append([]byte(s), 0)) }

func join(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// batch writes entries as one batch.
func batch(entries ...entry) []byte {
	header := u64(uint64(len(entries)))
	var body []byte
	for _, e := range entries {
		header = join(header, u64(e.term), []byte{byte(e.kind), 0, 0, 0}, u32(uint32(len(e.data))))
		body = pad(append(body, e.data...))
	}
	return join(u32(sum(header)), u32(sum(body)), header, body)
}

func file(name string, parts ...[]byte) raftlog.File {
	data := join(parts...)
	return raftlog.File{Name: name, Size: int64(len(data)), Data: data}
}

// closed is a closed segment with one entry in each batch, the first with that index.
func closed(first uint64, entries ...entry) raftlog.File {
	parts := [][]byte{u64(1)}
	for _, e := range entries {
		parts = append(parts, batch(e))
	}
	return file(fmt.Sprintf("%016d-%016d", first, first+uint64(len(entries))-1), parts...)
}

// open is an open segment of batches, with zeros behind them.
func open(number int, batches ...[]byte) raftlog.File {
	return file(fmt.Sprintf("open-%d", number), u64(1), join(batches...), make([]byte, 64))
}

func metadata(number, version, term uint64) raftlog.File {
	return file(fmt.Sprintf("metadata%d", number), u64(1), u64(version), u64(term), u64(2))
}

func command(kind byte, parts ...[]byte) []byte {
	return join([]byte{1, kind, 0, 0, 0, 0, 0, 0}, join(parts...))
}

// frames writes pages of 512 bytes that begin with the text.
func frames(commit bool, total uint32, pages map[uint64]string) entry {
	var numbers, data []byte
	for n := range uint64(10) {
		if t, ok := pages[n]; ok {
			numbers, data = append(numbers, u64(n)...), append(data, page(t)...)
		}
	}
	last := uint32(0)
	if commit {
		last = 1
	}
	return entry{1, raftlog.Command, command(2, text("db.bin"), u64(7), u32(total), u32(last), u32(uint32(len(pages))), u32(512), numbers, data)}
}

func page(text string) []byte {
	p := make([]byte, 512)
	copy(p, text)
	return p
}
