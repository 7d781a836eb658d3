package raftlog

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pierrec/lz4/v4"
)

// File is a file of a Raft folder. Choose needs the name and the size alone.
type File struct {
	Name string
	Size int64
	Data []byte
}

// MaxSize is how much of a folder is read at most: far more than a snapshot and the thousand entries that follow it.
const MaxSize = 256 << 20

// segment is the name of a segment, taken apart: START-END of a closed one, or the number of an open one.
type segment struct {
	file       File
	open       bool
	first, end uint64
}

// snapshot is the name of a snapshot: snapshot-TERM-INDEX-TIME, beside a file of the same name and ".meta".
type snapshot struct {
	file  File
	last  Position
	stamp uint64
}

const metaSuffix = ".meta"

// Choose returns the names of the files that Decode needs: for the whole database when they are at most max bytes, or
// else for the end of the log alone. Files that are no part of the log are left out.
func Choose(files []File, max int64) []string {
	var metadata []File
	for _, f := range files {
		if f.Name == "metadata1" || f.Name == "metadata2" {
			metadata = append(metadata, f)
		}
	}
	segments := segmentsOf(files)
	newest, found := newestSnapshot(files)
	whole, tail := metadata, metadata
	if found {
		whole = append(slices.Clip(whole), newest.file, File{Name: newest.file.Name + metaSuffix})
		tail = append(slices.Clip(tail), File{Name: newest.file.Name + metaSuffix})
	}
	for i, s := range segments {
		if s.open || s.end > newest.last.Index {
			whole = append(whole, s.file)
		}
		if s.open || i+1 == len(segments) || segments[i+1].open {
			tail = append(tail, s.file)
		}
	}
	if size(whole) > max {
		return names(tail)
	}
	return names(whole)
}

func size(files []File) (sum int64) {
	for _, f := range files {
		sum += f.Size
	}
	return sum
}

func names(files []File) []string {
	var out []string
	for _, f := range files {
		out = append(out, f.Name)
	}
	return out
}

// segmentsOf returns the segments, closed ones first, in the order of their entries.
func segmentsOf(files []File) []segment {
	var out []segment
	for _, f := range files {
		first, second, _ := strings.Cut(f.Name, "-")
		end, err := strconv.ParseUint(second, 10, 64)
		if err != nil {
			continue
		}
		start, err := strconv.ParseUint(first, 10, 64)
		switch {
		case first == "open":
			out = append(out, segment{file: f, open: true, first: end})
		case err == nil && start > 0 && start <= end:
			out = append(out, segment{file: f, first: start, end: end})
		}
	}
	slices.SortFunc(out, func(a, b segment) int {
		if a.open != b.open {
			if b.open {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.end, b.end))
	})
	return out
}

// newestSnapshot returns the newest snapshot that is there with what says what it is.
func newestSnapshot(files []File) (newest snapshot, found bool) {
	sizes := map[string]int64{}
	for _, f := range files {
		sizes[f.Name] = f.Size
	}
	for _, f := range files {
		var s snapshot
		n, err := fmt.Sscanf(f.Name, "snapshot-%d-%d-%d", &s.last.Term, &s.last.Index, &s.stamp)
		whole := fmt.Sprintf("snapshot-%d-%d-%d", s.last.Term, s.last.Index, s.stamp) == f.Name
		_, described := sizes[f.Name+metaSuffix]
		if n != 3 || err != nil || !whole || f.Size == 0 || !described {
			continue
		}
		s.file = f
		if !found || cmp.Or(s.last.Compare(newest.last), cmp.Compare(s.stamp, newest.stamp)) > 0 {
			newest, found = s, true
		}
	}
	return newest, found
}

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

// Snapshot returns the files of a snapshot that holds such a database, goes up to that entry, and has those servers in
// its configuration, as voters.
func Snapshot(last Position, image []byte, voters ...Server) []File {
	data := binary.LittleEndian.AppendUint64(nil, diskFormat)
	data = append(binary.LittleEndian.AppendUint64(data, 1), name+"\x00\x00"...)
	data = binary.LittleEndian.AppendUint64(data, uint64(len(image)))
	data = append(binary.LittleEndian.AppendUint64(data, 0), image...) // and no write-ahead log
	file := fmt.Sprintf("snapshot-%d-%d-1", last.Term, last.Index)
	meta := description(voters)
	return []File{{Name: file, Size: int64(len(data)), Data: data},
		{Name: file + metaSuffix, Size: int64(len(meta)), Data: meta}}
}
