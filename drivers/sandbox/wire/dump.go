package wire

import (
	"encoding/binary"
	"fmt"
)

// pageSize is the only page size of dqlite's databases, in bytes.
const pageSize = 4096

// Dump returns the files of a database as dqlite gives them, from an image of it as one file: the database file has
// a single empty page and the write-ahead log beside it has everything, since LXD lets dqlite write the log back only
// rarely. Whoever forgets the log finds no tables. The image must have pages of 4096 bytes; without an image, which
// stands for a database that is not there, both files are empty (dqlite 1.11).
func Dump(name string, image []byte) ([]File, error) {
	if len(image) == 0 {
		return []File{{Name: name}, {Name: name + "-wal"}}, nil
	}
	if len(image) < pageSize || len(image)%pageSize != 0 || binary.BigEndian.Uint16(image[16:]) != pageSize {
		return nil, fmt.Errorf("dumping %s: an image of %d bytes has no pages of %d bytes", name, len(image), pageSize)
	}
	return []File{{Name: name, Data: emptyDatabase(image[:pageSize])}, {Name: name + "-wal", Data: writeAheadLog(image)}}, nil
}

// emptyDatabase returns the only page of a database without tables, with the settings of the given first page.
// Format: https://www.sqlite.org/fileformat2.html section 1.3 and 1.6.
func emptyDatabase(first []byte) []byte {
	page := make([]byte, pageSize)
	copy(page, first[:100])
	page[18], page[19] = 2, 2                        // read and written with a write-ahead log
	binary.BigEndian.PutUint32(page[28:], 1)         // pages in the file
	clear(page[32:40])                               // no free pages
	binary.BigEndian.PutUint32(page[40:], 0)         // no schema yet
	page[100] = 0x0d                                 // a leaf of the schema table without cells
	binary.BigEndian.PutUint16(page[105:], pageSize) // where cells would begin
	return page
}

// writeAheadLog returns a log with one transaction that writes all pages of the image.
// Format: https://www.sqlite.org/fileformat2.html section 4.1; all numbers but the checksummed words are big-endian.
func writeAheadLog(image []byte) []byte {
	pages := len(image) / pageSize
	log := make([]byte, 0, 32+pages*(24+pageSize))
	for _, n := range []uint32{0x377f0682, 3007000, pageSize, 0, salt1, salt2} {
		log = binary.BigEndian.AppendUint32(log, n)
	}
	sum := checksum([2]uint32{}, log)
	log = appendPair(log, sum)
	for i := range pages {
		frame := binary.BigEndian.AppendUint32(nil, uint32(i+1))
		size := 0 // the last frame has the database's size and thereby commits
		if i == pages-1 {
			size = pages
		}
		frame = binary.BigEndian.AppendUint32(frame, uint32(size))
		page := image[i*pageSize : (i+1)*pageSize]
		sum = checksum(checksum(sum, frame), page)
		log = append(log, frame...)
		log = appendPair(log, [2]uint32{salt1, salt2})
		log = appendPair(log, sum)
		log = append(log, page...)
	}
	return log
}

// The salts tell the frames of one log from those of an older one; any numbers do.
const salt1, salt2 = 0x0c105712, 0x5a17ed00

func appendPair(b []byte, pair [2]uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, pair[0]), pair[1])
}

// checksum goes on from the sum over b, whose length is a multiple of eight, in little-endian words
// (section 4.2 of the format; the magic number of the log says that they are).
func checksum(sum [2]uint32, b []byte) [2]uint32 {
	for i := 0; i < len(b); i += 8 {
		sum[0] += binary.LittleEndian.Uint32(b[i:]) + sum[1]
		sum[1] += binary.LittleEndian.Uint32(b[i+4:]) + sum[0]
	}
	return sum
}
