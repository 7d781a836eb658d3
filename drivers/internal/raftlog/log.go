package raftlog

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
)

// Position is the place of an entry in the log. The zero value comes before all entries.
type Position struct{ Term, Index uint64 }

// Compare orders positions as Raft does when it votes: by term, then by index.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Term, q.Term), cmp.Compare(p.Index, q.Index))
}

// Kind is what an entry is for.
type Kind uint8

// The kinds of entries.
const (
	Command       Kind = 1
	Barrier       Kind = 2
	Configuration Kind = 3
)

// Entry is one entry of the log.
type Entry struct {
	Term uint64
	Kind Kind
	Data []byte
}

// Log is one member's copy of the log.
type Log struct {
	// Term is the term that the member is in, which may be newer than its last entry's.
	Term uint64
	// Snapshot is the last entry that the snapshot holds; zero without one.
	Snapshot Position
	// First is the index of Entries[0], or of the entry to come.
	First   uint64
	Entries []Entry
	// Closed is the end of the newest closed segment, 0 without one: all that LXD's and Incus's own hints look at.
	Closed uint64
	// Torn is the open segment whose last batch is not whole, empty when there is none.
	Torn string

	image []byte // the snapshot's file, nil when it is not there
	meta  []byte // what describes it, as a file beside it
}

// Last is the position of the last entry, with the newest term that the log has: terms never fall in a log, but
// for the configuration that a recovery adds, which may have the term 1 (canonical/raft 0.22, src/uv_segment.c).
func (l Log) Last() Position {
	last := l.Snapshot
	last.Index = max(last.Index, l.First+uint64(len(l.Entries))-1)
	for _, e := range l.Entries {
		last.Term = max(last.Term, e.Term)
	}
	return last
}

// term returns the term of the entry with that index, 0 when this copy does not tell.
func (l Log) term(index uint64) uint64 {
	if index >= l.First && index-l.First < uint64(len(l.Entries)) {
		return l.Entries[index-l.First].Term
	}
	if index == l.Snapshot.Index {
		return l.Snapshot.Term
	}
	return 0
}

// Beyond returns how many entries of this copy the other one does not have. exact is false where the two overlap too
// little to tell; the number is the least then.
func (l Log) Beyond(other Log) (entries uint64, exact bool) {
	last, end := l.Last().Index, min(l.Last().Index, other.Last().Index)
	for i := end; i > 0; i-- {
		mine, theirs := l.term(i), other.term(i)
		if mine == 0 || theirs == 0 {
			break
		}
		if mine == theirs { // Raft: then all before are equal, too
			return last - i, true
		}
	}
	return last - end, end == 0
}

const (
	diskFormat = 1
	maxEntries = 1 << 18 // of one batch: as many as fit into a segment of 8 MiB
)

var errShort = errors.New("it ends too early")

// Decode reads the log out of the files that Choose names. It fails when they do not add up to a log.
func Decode(files []File) (Log, error) {
	var l Log
	newest, found := newestSnapshot(files)
	if found {
		l.Snapshot, l.image = newest.last, newest.file.Data
		for _, f := range files {
			if f.Name == newest.file.Name+metaSuffix {
				l.meta = f.Data
			}
		}
	}
	segments := segmentsOf(files)
	l.First = l.Snapshot.Index + 1
	for _, s := range segments {
		if !s.open && len(l.Entries) == 0 && l.Closed == 0 {
			l.First = s.first
		}
		if !s.open {
			l.Closed = s.end
		}
		if err := l.add(s); err != nil {
			return Log{}, fmt.Errorf("reading segment %s: %w", s.file.Name, err)
		}
	}
	last := l.First + uint64(len(l.Entries)) - 1
	switch {
	case found && last < l.Snapshot.Index:
		return Log{}, fmt.Errorf("its last entry has the index %d, and its snapshot goes to %d", last, l.Snapshot.Index)
	case l.Last().Index == 0:
		return Log{}, errors.New("it has no entries")
	}
	return l, l.readTerm(files)
}

// readTerm reads the newer of the two files of metadata. One that is too short was never written whole.
func (l *Log) readTerm(files []File) error {
	var newest uint64
	for _, f := range files {
		if f.Name != "metadata1" && f.Name != "metadata2" || len(f.Data) < 32 {
			continue
		}
		if format := binary.LittleEndian.Uint64(f.Data); format != diskFormat {
			return fmt.Errorf("reading %s: its format is %d, not %d", f.Name, format, diskFormat)
		}
		if version := binary.LittleEndian.Uint64(f.Data[8:]); version > newest {
			newest, l.Term = version, binary.LittleEndian.Uint64(f.Data[16:])
		}
	}
	return nil
}

// add reads one more segment.
func (l *Log) add(s segment) error {
	if next := l.First + uint64(len(l.Entries)); !s.open && s.first != next {
		return fmt.Errorf("the entry after %d is missing", next-1)
	}
	data := s.file.Data
	if s.open && zero(data) { // made in advance
		return nil
	}
	if l.Torn != "" {
		return fmt.Errorf("%s before it is not whole", l.Torn)
	}
	if len(data) < 8 {
		return errShort
	}
	if format := binary.LittleEndian.Uint64(data); format != diskFormat {
		return fmt.Errorf("its format is %d, not %d", format, diskFormat)
	}
	for data = data[8:]; len(data) > 0; {
		entries, rest, err := batch(data)
		if err != nil && s.open {
			if !zero(data) {
				l.Torn = s.file.Name
			}
			return nil
		}
		if err != nil {
			return err
		}
		l.Entries, data = append(l.Entries, entries...), rest
	}
	if end := l.First + uint64(len(l.Entries)) - 1; !s.open && end != s.end {
		return fmt.Errorf("it ends with entry %d", end)
	}
	return nil
}

// batch reads the entries that were written at once: two checksums, the number of entries, 16 bytes for each, their
// data.
func batch(data []byte) (entries []Entry, rest []byte, err error) {
	if len(data) < 16 {
		return nil, nil, errShort
	}
	n := binary.LittleEndian.Uint64(data[8:])
	if n == 0 || n > maxEntries || uint64(len(data)-16) < 16*n {
		return nil, nil, fmt.Errorf("a batch has %d entries", n)
	}
	header := data[8 : 16+16*n]
	if checksum(header) != binary.LittleEndian.Uint32(data) {
		return nil, nil, errors.New("the checksum of a batch is wrong")
	}
	body := data[16+16*n:]
	rest = body
	for h := header[8:]; len(h) > 0; h = h[16:] {
		size := uint64(binary.LittleEndian.Uint32(h[12:]))
		padded := (size + 7) &^ 7
		if padded > uint64(len(rest)) {
			return nil, nil, errShort
		}
		entries = append(entries, Entry{Term: binary.LittleEndian.Uint64(h), Kind: Kind(h[8]), Data: rest[:size:size]})
		rest = rest[padded:]
	}
	if checksum(body[:len(body)-len(rest)]) != binary.LittleEndian.Uint32(data[4:]) {
		return nil, nil, errors.New("the checksum of a batch's data is wrong")
	}
	return entries, rest, nil
}

// crcTable is that of the polynomial 0x04c11db7 with the highest bit first, which hash/crc32 does not have.
var crcTable = func() (table [256]uint32) {
	for i := range table {
		crc := uint32(i) << 24
		for range 8 {
			crc = crc<<1 ^ crc>>31*0x04c11db7
		}
		table[i] = crc
	}
	return table
}()

func checksum(data []byte) (crc uint32) {
	for _, b := range data {
		crc = crc<<8 ^ crcTable[byte(crc>>24)^b]
	}
	return crc
}

func zero(data []byte) bool {
	for _, b := range data {
		if b != 0 {
			return false
		}
	}
	return true
}
