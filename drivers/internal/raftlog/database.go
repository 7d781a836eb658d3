package raftlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// maxImage is how large a database may be. LXD's own are some megabytes.
const maxImage = 256 << 20

var errTooLarge = errors.New("it is too large")

// name is the database that LXD and Incus keep (lxd 5.0.2, lxd/db/db.go OpenCluster; incus 6.0.4).
const name = "db.bin"

// commands of dqlite in entries (dqlite 1.11, src/command.h). The others change nothing.
const (
	commandFrames = 2
	commandUndo   = 3
)

// Database returns the SQLite database that the snapshot and all entries after it make, as one file.
func (l Log) Database() ([]byte, error) {
	var r replay
	if l.Snapshot.Index > 0 {
		if l.image == nil {
			return nil, errors.New("the snapshot was not read")
		}
		if err := r.restore(l.image); err != nil {
			return nil, fmt.Errorf("reading the snapshot: %w", err)
		}
	} else if l.First > 1 {
		return nil, fmt.Errorf("the log begins with entry %d, and nothing is before it", l.First)
	}
	for i, e := range l.Entries {
		if index := l.First + uint64(i); e.Kind == Command && index > l.Snapshot.Index {
			if err := r.apply(e.Data); err != nil {
				return nil, fmt.Errorf("reading entry %d: %w", index, err)
			}
		}
	}
	if len(r.image) == 0 {
		return nil, errors.New("it has no database")
	}
	return r.image, nil
}

// replay is a database on its way, and the pages of a transaction that is not committed yet.
type replay struct {
	image   []byte
	pending []frame
}

type frame struct {
	page uint64
	data []byte
}

// restore begins with a snapshot: a format, the number of databases, and for each its name, the sizes of its file and
// of the write-ahead log, and both (dqlite 1.11, src/fsm.c).
func (r *replay) restore(packed []byte) error {
	data, err := unpack(packed, maxImage)
	if err != nil {
		return err
	}
	c := cursor{data: data}
	format, count := c.uint64(), c.uint64()
	if c.short || format != 1 {
		return fmt.Errorf("its format is %d, not 1", format)
	}
	for range min(count, 8) {
		file := c.text()
		size, walSize := c.uint64(), c.uint64()
		image, wal := c.bytes(size), c.bytes(walSize)
		if c.short {
			return errShort
		}
		if file == name {
			r.image = bytes.Clone(image)
			return r.applyWAL(wal)
		}
	}
	return errors.New("it has no database " + name)
}

// applyWAL adds what is committed of a write-ahead log: a header of 32 bytes, and pages with 24 bytes before each
// (https://www.sqlite.org/fileformat2.html#walformat).
func (r *replay) applyWAL(wal []byte) error {
	if len(wal) < 32 {
		return nil
	}
	size := uint64(binary.BigEndian.Uint32(wal[8:]))
	c := cursor{data: wal[32:]}
	for len(c.data) > 0 {
		header, data := c.bytes(24), c.bytes(size)
		if c.short {
			return nil // a frame that was never written whole
		}
		r.pending = append(r.pending, frame{uint64(binary.BigEndian.Uint32(header)), data})
		if pages := binary.BigEndian.Uint32(header[4:]); pages > 0 {
			if err := r.commit(size, uint64(pages)); err != nil {
				return err
			}
		}
	}
	r.pending = nil
	return nil
}

// apply carries out one command: its format and type in 8 bytes, and for frames the file, the transaction, the size of
// the database afterwards in pages, whether they are the last, their number, the size of pages, the numbers, the pages.
func (r *replay) apply(entry []byte) error {
	c := cursor{data: entry}
	header := c.bytes(8)
	if c.short {
		return errShort
	}
	if header[0] != 1 {
		return fmt.Errorf("the format of the command is %d, not 1", header[0])
	}
	switch header[1] {
	case commandUndo:
		r.pending = nil
	case commandFrames:
		return r.frames(&c)
	}
	return nil
}

func (r *replay) frames(c *cursor) error {
	file := c.text()
	_, pages, last := c.uint64(), uint64(c.uint32()), c.uint32()&0xff != 0
	count, size := uint64(c.uint32()), uint64(c.uint32()&0xffff)
	numbers := c.bytes(8 * count)
	if c.short {
		return errShort
	}
	if file != name {
		return nil
	}
	for ; len(numbers) > 0; numbers = numbers[8:] {
		r.pending = append(r.pending, frame{binary.LittleEndian.Uint64(numbers), c.bytes(size)})
	}
	switch {
	case c.short:
		return errShort
	case last:
		return r.commit(size, pages)
	}
	return nil
}

// commit writes the pages of a transaction. The database has so many pages then.
func (r *replay) commit(size, pages uint64) error {
	if size < 512 || size&(size-1) != 0 {
		return fmt.Errorf("pages have %d bytes", size)
	}
	for _, f := range r.pending {
		switch {
		case f.page == 0 || f.page > maxImage/size:
			return errTooLarge
		case uint64(len(f.data)) != size:
			return errors.New("pages differ in size")
		}
		r.grow(f.page * size)
		copy(r.image[(f.page-1)*size:], f.data)
	}
	if pages > 0 && pages <= maxImage/size {
		r.grow(pages * size)
		r.image = r.image[:pages*size]
	}
	r.pending = nil
	return nil
}

func (r *replay) grow(size uint64) {
	if size > uint64(len(r.image)) {
		r.image = append(r.image, make([]byte, size-uint64(len(r.image)))...)
	}
}

// cursor reads fields one after the other. After the first that is not there it is short, and all are empty.
type cursor struct {
	data  []byte
	short bool
}

func (c *cursor) bytes(n uint64) []byte {
	if c.short || n > uint64(len(c.data)) {
		c.short = true
		return nil
	}
	out := c.data[:n]
	c.data = c.data[n:]
	return out
}

func (c *cursor) uint64() uint64 {
	if b := c.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (c *cursor) uint32() uint32 {
	if b := c.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// text reads a text with a zero at its end, padded to whole words.
func (c *cursor) text() string {
	n := bytes.IndexByte(c.data, 0)
	if n < 0 {
		c.short = true
		return ""
	}
	if padded := c.bytes(uint64(n)/8*8 + 8); padded != nil {
		return string(padded[:n])
	}
	return ""
}
