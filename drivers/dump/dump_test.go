package dump_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/dump"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// real is what three members with LXD 5.0.2 printed, of which the third had been off for a while: lxd sql global .dump,
// and after it lxd sql local .dump of the first one. The hash is that of the password "sekret".
func real(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "lxd-5.0.2.sql"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// global is the first of the two dumps of real.
func global(t testing.TB) string {
	before, _, _ := strings.Cut(real(t), "COMMIT;\n")
	return before + "COMMIT;\n"
}

func open(t testing.TB, text string) (*dump.Dump, error) {
	t.Helper()
	d, err := dump.Open(t.Context(), dump.Config{Input: strings.NewReader(text), Registry: kinds.Registry(),
		Secret: func(string) (string, error) { return "sekret", nil }})
	if err == nil {
		t.Cleanup(func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return d, err
}

func read(t testing.TB, text string) schema.Cluster {
	t.Helper()
	d, err := open(t, text)
	if err != nil {
		t.Fatal(err)
	}
	live, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return live
}

func TestDumpIsJudgedByItsOwnTime(t *testing.T) {
	t.Parallel()
	facts := read(t, real(t)).Facts
	if want := time.Date(2026, 11, 28, 16, 27, 51, 0, time.UTC); !facts.AsOf.Truncate(time.Second).Equal(want) {
		t.Errorf("the dump is of %s, want %s", facts.AsOf, want)
	}
	for name, online := range map[string]bool{"node1": true, "node2": true, "node3": false} {
		if m := facts.Members[name]; m.Online != online || m.Role != schema.Voter {
			t.Errorf("%s: got online %v and role %q, want %v and voter", name, m.Online, m.Role, online)
		}
	}
	if got, want := facts.Flavour.String(), "lxd 5.0"; got != want || facts.Source != schema.SourceDump || !facts.SecretSet["core.trust_password"] {
		t.Errorf("got %s from %s with the secrets %v, want %s from a dump and the password known", got, facts.Source, facts.SecretSet, want)
	}
}

func TestDumpSaysWhatItDoesNotTell(t *testing.T) {
	t.Parallel()
	facts := read(t, global(t)).Facts
	want := `this is a dump of 2026-11-28 16:27:51 UTC, the time of its newest heartbeat; what has happened since is unknown
no server was asked: who can be reached, and what new servers run and hold, is unknown
the server keys of single members, such as core.https_address, are not in a dump
the leader and the roles in the database (voter, stand-by, spare) are not in a dump; the roles are when a member's own database follows: lxd sql local .dump`
	if got := schema.Texts(facts.Unseen); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if role := facts.Members["node1"].Role; role != "" {
		t.Errorf("node1 is %s, want no role", role)
	}
}

func TestTextsComeThrough(t *testing.T) {
	t.Parallel()
	live := read(t, real(t))
	server, _ := live.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	pool, _ := live.Get(schema.Ref{Kind: schema.KindStoragePool, Name: "local"})
	profile, _ := live.Get(schema.Ref{Kind: schema.KindProfile, Project: "default", Name: "multi"})
	for _, c := range []struct{ got, want string }{
		{server.Config["user.note"], "it's; a -- 'test'"},
		{server.Config["core.trust_password"], schema.SecretIsSet},
		{pool.Attrs["description"], `it's "quoted"; /* c */`},
		{profile.Attrs["description"], "ünïcode ✓"},
		{profile.Config["user.user-data"], "#cloud-config\npackages: ['a', \"b\"]\nruncmd: [printf 'a\nb']\n;\n"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// TestOtherSpellings reads what other versions of SQLite and other ways to get a dump make of the same rows.
func TestOtherSpellings(t *testing.T) {
	t.Parallel()
	row := func(value string) string {
		return strings.Replace(global(t), `'it''s; a -- ''test'''`, value, 1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"replaced":    {row(`replace(replace('a\r\nb','\r',char(13)),'\n',char(10))`), "a\r\nb"},
		"escaped":     {row(`unistr('a\u000ab\\c\+01f600')`), "a\nb\\c😀"},
		"bytes":       {row(`X'6162'`), "ab"},
		"number":      {row(`-12`), "-12"},
		"decimal":     {row(`1.5e+2`), "150.0"},
		"columns":     {strings.Replace(row(`'a'`), `INTO config VALUES(1,'user.note','a')`, `INTO "config"(value,id,key) VALUES ('b',1,'user.note')`, 1), "b"},
		"several":     {strings.Replace(row(`'a'`), `INTO config VALUES(1`, `INTO config VALUES(9,'user.other','c'),(1`, 1), "a"},
		"comments":    {"-- saved\n/* by a script */\n" + row(`'a' /* here */`), "a"},
		"triggers":    {strings.Replace(row(`'a'`), "COMMIT;", "CREATE TRIGGER t AFTER INSERT ON config BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; DELETE FROM config; END;\nCOMMIT;", 1), "a"},
		"line ends":   {strings.ReplaceAll(row(`'a'`), ";\n", ";\r\n"), "a"},
		"mark":        {"\xef\xbb\xbf" + row(`'a'`), "a"},
		"REST answer": {`{"type":"sync","metadata":{"text":"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(row(`'a'`)) + `"}}`, "a"},
		"lxc query":   {`{"text":"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(row(`'a'`)) + `"}`, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			live := read(t, c.text)
			server, _ := live.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
			if got := server.Config["user.note"]; got != c.want || live.Len() != read(t, global(t)).Len() {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTrustStoreIsTheOnlyAnswer(t *testing.T) {
	t.Parallel()
	d, err := open(t, real(t))
	if err != nil {
		t.Fatal(err)
	}
	api, err := d.API(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	reply, err := api.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0/certificates"})
	if err != nil || strings.Count(string(reply.Metadata), `"type":"server"`) != 3 {
		t.Errorf("got %s and error %v, want three certificates of servers", reply.Metadata, err)
	}
	if _, err = api.Do(t.Context(), drivers.Call{Method: "GET", Path: "/1.0"}); !drivers.Is(err, drivers.Unsupported) {
		t.Errorf("got error %v, want that it is not supported", err)
	}
}

func TestOpenStopsWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	failing := errors.New("the disk is gone")
	_, err := dump.Open(t.Context(), dump.Config{Input: brokenReader{failing}, Registry: kinds.Registry()})
	if !errors.Is(err, failing) {
		t.Errorf("got %v, want %v", err, failing)
	}
}

// TestOpenEndsWithItsContext has standard input that never ends, and SQL that takes longer than anybody waits.
func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	t.Cleanup(func() { _ = out.Close() }) // it lets the reader go
	go func() {
		_, _ = io.WriteString(out, "BEGIN;") // it is read, and no more comes
		cancel()
	}()
	if _, err := dump.Open(ctx, dump.Config{Input: in, Registry: kinds.Registry()}); !errors.Is(err, context.Canceled) {
		t.Errorf("reading: got %v, want that it was cancelled", err)
	}
	if _, err := dump.Open(ctx, dump.Config{Input: strings.NewReader(real(t)), Registry: kinds.Registry()}); !errors.Is(err, context.Canceled) {
		t.Errorf("loading: got %v, want that it was cancelled", err)
	}
}

type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

// TestDumpsAreReadInPieces reads one that is longer than what is held of it at a time.
func TestDumpsAreReadInPieces(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	rows.WriteString("CREATE TABLE notes(id INTEGER, text TEXT);\n")
	for i := range 12_000 {
		fmt.Fprintf(&rows, "INSERT INTO notes VALUES(%d,'it''s /* no comment */ -- nor that;\n%s'); -- that is one's\n", i, strings.Repeat("x", i%200))
	}
	whole := strings.Replace(global(t), "COMMIT;\n", rows.String()+"COMMIT;\n", 1)
	if live := read(t, whole); live.Len() == 0 {
		t.Error("got nothing")
	}
	lines := strings.Count(whole, "\n")
	_, err := open(t, strings.Replace(whole, "COMMIT;\n", "INSERT INTO notes VALUES('1');\nCOMMIT;\n", 1))
	if want := fmt.Sprintf("line %d: SQLite refuses the row", lines); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = open(t, "BEGIN;\nCREATE TABLE nodes(id TEXT);\nINSERT INTO nodes VALUES('"+strings.Repeat("hunter2\n", 5<<20)+"');\nCOMMIT;\n")
	if err == nil || err.Error() != "line 3: a statement is longer than 32 MiB" {
		t.Errorf("got %v", err)
	}
}

func TestObjectsOfADumpAreBounded(t *testing.T) {
	t.Parallel()
	d, err := dump.Open(t.Context(), dump.Config{Input: strings.NewReader(real(t)), Registry: kinds.Registry(),
		Most: 1 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	const want = "the objects in the dump have more than 0 MiB; if that is right, give a larger --max-input"
	if _, err := d.Read(t.Context()); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
