package raftlog

import (
	"encoding/binary"
	"fmt"
)

// Segment returns a closed segment of those entries, the first with that index.
func Segment(first uint64, entries ...Entry) File {
	data := binary.LittleEndian.AppendUint64(nil, diskFormat)
	for _, e := range entries {
		header := binary.LittleEndian.AppendUint64(nil, 1)
		header = append(binary.LittleEndian.AppendUint64(header, e.Term), byte(e.Kind), 0, 0, 0)
		header = binary.LittleEndian.AppendUint32(header, uint32(len(e.Data)))
		body := append(append([]byte{}, e.Data...), make([]byte, -len(e.Data)&7)...)
		data = binary.LittleEndian.AppendUint32(data, checksum(header))
		data = binary.LittleEndian.AppendUint32(data, checksum(body))
		data = append(append(data, header...), body...)
	}
	return File{Name: fmt.Sprintf("%016d-%016d", first, first+uint64(len(entries))-1), Size: int64(len(data)), Data: data}
}

// Frames returns the entry that writes a whole SQLite database of pages of that size.
func Frames(term uint64, image []byte, pageSize int) Entry {
	pages := len(image) / pageSize
	data := append([]byte{1, commandFrames, 0, 0, 0, 0, 0, 0}, name+"\x00\x00"...)
	data = binary.LittleEndian.AppendUint64(data, 1) // the transaction
	for _, n := range []int{pages, 1, pages, pageSize} {
		data = binary.LittleEndian.AppendUint32(data, uint32(n))
	}
	for n := range pages {
		data = binary.LittleEndian.AppendUint64(data, uint64(n+1))
	}
	return Entry{Term: term, Kind: Command, Data: append(data, image...)}
}

// Snapshot returns the files of a snapshot that holds such a database, and goes up to that entry.
func Snapshot(last Position, image []byte) []File {
	data := binary.LittleEndian.AppendUint64(nil, diskFormat)
	data = append(binary.LittleEndian.AppendUint64(data, 1), name+"\x00\x00"...)
	data = binary.LittleEndian.AppendUint64(data, uint64(len(image)))
	data = append(binary.LittleEndian.AppendUint64(data, 0), image...) // and no write-ahead log
	file := fmt.Sprintf("snapshot-%d-%d-1", last.Term, last.Index)
	return []File{{Name: file, Size: int64(len(data)), Data: data}, {Name: file + metaSuffix}}
}
