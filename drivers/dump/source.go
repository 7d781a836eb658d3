package dump

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// patient reads until nobody waits for it any more: standard input may never end.
type patient struct {
	ctx context.Context //nolint:containedctx // a reader takes none
	in  io.Reader
}

func (p patient) Read(into []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := p.in.Read(into)
		done <- result{n, err}
	}()
	select {
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	case r := <-done:
		return r.n, r.err
	}
}

// begun returns the script of a file: what `lxd sql` printed, or what the daemon answered, which is JSON around it.
func begun(ctx context.Context, in io.Reader) (script, error) {
	s := script{in: &io.LimitedReader{R: patient{ctx, in}, N: largest + 1}}
	if err := s.more(); err != nil && !bytes.Contains(s.text, []byte{0}) {
		return s, err
	}
	for _, f := range foreign {
		if bytes.HasPrefix(s.text, []byte(f.magic)) {
			return s, errors.New(f.what)
		}
	}
	s.text = bytes.TrimPrefix(s.text, []byte("\xef\xbb\xbf")) // the mark that may stand before UTF-8
	switch {
	case s.in == nil && len(bytes.TrimSpace(s.text)) == 0:
		return s, errors.New("it is empty")
	case bytes.IndexByte(s.text, 0) >= 0:
		return s, s.fault(bytes.IndexByte(s.text, 0), "a NUL byte: this is no text")
	case !bytes.HasPrefix(s.text, []byte("{")):
		return s, nil
	}
	for s.in != nil && len(s.text) <= statement {
		if err := s.more(); err != nil {
			return s, err
		}
	}
	if s.in != nil {
		return s, fmt.Errorf("it is JSON of more than %d MiB; take the text out: jq -r .metadata.text FILE > dump.sql",
			statement>>20)
	}
	text, err := answered(s.text)
	return script{text: text}, err
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
