package dump

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// foreign are files that are taken for dumps, by how they begin.
var foreign = []struct{ magic, what string }{
	{"SQLite format 3\x00", "it is a database file; a dump is SQL text: sqlite3 FILE .dump > dump.sql, with FILE-wal beside FILE"},
	{"\x1f\x8b", "it is compressed; unpack it first: gunzip -c FILE | clusterctl ... --from-dump -"},
	{"\x28\xb5\x2f\xfd", "it is compressed; unpack it first: zstd -dc FILE | clusterctl ... --from-dump -"},
	{"\xfd7zXZ\x00", "it is compressed; unpack it first: xz -dc FILE | clusterctl ... --from-dump -"},
	{"BZh", "it is compressed; unpack it first: bzip2 -dc FILE | clusterctl ... --from-dump -"},
	{"\xff\xfe", "it is UTF-16, as PowerShell writes files; a dump is UTF-8"},
	{"\x00", "it is no text; is it a file of the database's folder? A dump is SQL text"},
}

// byteOrderMark may stand before UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// unpacked returns the SQL of a file: what `lxd sql` printed, or what the daemon answered, which is JSON around it.
func unpacked(in io.Reader) (io.Reader, error) {
	head := bufio.NewReaderSize(in, 1<<12)
	start, err := head.Peek(64)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(bytes.TrimSpace(start)) == 0 && errors.Is(err, io.EOF) {
		return nil, errors.New("it is empty")
	}
	for _, f := range foreign {
		if bytes.HasPrefix(start, []byte(f.magic)) {
			return nil, errors.New(f.what)
		}
	}
	if bytes.HasPrefix(start, []byte(byteOrderMark)) {
		start = start[len(byteOrderMark):]
		_, _ = head.Discard(len(byteOrderMark)) // it is there
	}
	if bytes.HasPrefix(start, []byte("{")) {
		return answered(head)
	}
	return head, nil
}

// answered returns the SQL of an answer of GET /internal/sql: its metadata, or all of it.
func answered(in io.Reader) (io.Reader, error) {
	type answer struct{ Text string }
	var whole struct {
		answer
		Metadata answer `json:"metadata"`
	}
	if err := json.NewDecoder(in).Decode(&whole); err != nil {
		return nil, errors.New("it is JSON that is broken or cut off, and not an answer of GET /internal/sql") // the error may quote it
	}
	for _, a := range []answer{whole.answer, whole.Metadata} {
		if a.Text != "" {
			return strings.NewReader(a.Text), nil
		}
	}
	return nil, errors.New("it is JSON, and not an answer of GET /internal/sql")
}

// The databases that a file must or may have, by a table that nothing else has.
const (
	globalTable = "nodes"
	localTable  = "raft_nodes"
)

// sort finds the cluster's database among the dumps of the file, and a member's own, nil when there is none.
func (l *loader) sort() (global, local *database, err error) {
	for _, d := range l.loaded {
		switch {
		case d.tables[globalTable] && global != nil:
			return nil, nil, errors.New("it has the cluster's database twice")
		case d.tables[globalTable]:
			global = d
		case d.tables[localTable] && local == nil:
			local = d
		case d.tables[localTable]:
			return nil, nil, errors.New("it has the databases of two members; one is enough")
		}
	}
	switch {
	case global == nil && local != nil:
		return nil, nil, errors.New("it is the dump of a member's own database (local); that of the cluster (global) is needed")
	case global == nil:
		return nil, nil, fmt.Errorf("it is the dump of another database: there is no table %s", globalTable)
	}
	var members int
	if err := global.QueryRow("SELECT count(*) FROM nodes").Scan(&members); err != nil {
		return nil, nil, err
	}
	if members == 0 {
		return nil, nil, errors.New("it has tables without rows, as .schema prints them; a dump has both")
	}
	return global, local, nil
}
