package dump

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// largest is the largest file in bytes that is read.
const largest = 2 << 30

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

// all reads a file to its end, or until nobody waits for it any more: standard input may never end.
func all(ctx context.Context, in io.Reader) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		text, err := io.ReadAll(io.LimitReader(in, largest+1))
		read <- result{text, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-read:
		return r.text, r.err
	}
}

// unpacked returns the SQL of a file: what `lxd sql` printed, or what the daemon answered, which is JSON around it.
func unpacked(ctx context.Context, in io.Reader) ([]byte, error) {
	text, err := all(ctx, in)
	switch {
	case err != nil:
		return nil, err
	case len(text) > largest:
		return nil, fmt.Errorf("it is larger than %d MiB", largest>>20)
	case len(bytes.TrimSpace(text)) == 0:
		return nil, errors.New("it is empty")
	}
	for _, f := range foreign {
		if bytes.HasPrefix(text, []byte(f.magic)) {
			return nil, errors.New(f.what)
		}
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // the mark that may stand before UTF-8
	if bytes.HasPrefix(text, []byte("{")) {
		return answered(text)
	}
	return text, nil
}

// answered returns the SQL of an answer of GET /internal/sql: its metadata, or all of it.
func answered(text []byte) ([]byte, error) {
	type answer struct{ Text string }
	var whole struct {
		answer
		Metadata answer `json:"metadata"`
	}
	err := json.Unmarshal(text, &whole)
	switch {
	case err != nil: // it may quote the file
		return nil, errors.New("it is JSON that is broken or cut off, and not an answer of GET /internal/sql")
	case whole.Text == "" && whole.Metadata.Text == "":
		return nil, errors.New("it is JSON, and not an answer of GET /internal/sql")
	}
	return []byte(whole.Text + whole.Metadata.Text), nil
}

// sort finds the cluster's database among the dumps of the file, and a member's own, nil when there is none: each has a
// table that nothing else has.
func (l *loader) sort() (global, local *database, err error) {
	for _, d := range l.loaded {
		switch {
		case d.tables["nodes"] && global != nil:
			return nil, nil, errors.New("it has the cluster's database twice")
		case d.tables["nodes"]:
			global = d
		case d.tables["raft_nodes"] && local == nil:
			local = d
		case d.tables["raft_nodes"]:
			return nil, nil, errors.New("it has the databases of two members; one is enough")
		}
	}
	switch {
	case global == nil && local != nil:
		return nil, nil, errors.New("it is the dump of a member's own database (local); that of the cluster (global) is needed")
	case global == nil:
		return nil, nil, errors.New("it is the dump of another database: there is no table nodes")
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
