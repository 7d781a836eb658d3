package dump_test

import (
	"os"
	"strings"
	"testing"
)

func TestWhatIsNoDump(t *testing.T) {
	t.Parallel()
	whole := real(t)
	first, second, _ := strings.Cut(whole, "COMMIT;\n")
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {" \n", "it is empty"},
		"comment":          {"-- nothing\n", "line 2: the file has no statement in it"},
		"table of lxd sql": {"+----+\n| id |\n+----+\n", "line 1: this is not what a dump begins with, PRAGMA or BEGIN TRANSACTION"},
		"preseed":          {"config:\n  core.trust_password: sekret\n", "line 1: this is not what a dump begins with, PRAGMA or BEGIN TRANSACTION"},
		"compressed":       {"\x1f\x8b\x08\x00", "it is compressed; unpack it first: gunzip -c FILE | clusterctl ... --from-dump -"},
		"database":         {"SQLite format 3\x00", "it is a database file; a dump is SQL text: sqlite3 FILE .dump > dump.sql, with FILE-wal beside FILE"},
		"PowerShell":       {"\xff\xfeP\x00R\x00", "it is UTF-16, as PowerShell writes files; a dump is UTF-8"},
		"NUL":              {"PRAGMA x;\x00", "line 1: a NUL byte: this is no text"},
		"JSON":             {`{"format_version": 1}`, "it is JSON, and not an answer of GET /internal/sql"},
		"cut JSON":         {`{"text": "PRAGMA`, "it is JSON that is broken or cut off, and not an answer of GET /internal/sql"},
		"local":            {second, "it is the dump of a member's own database (local); that of the cluster (global) is needed"},
		"other":            {"BEGIN;CREATE TABLE a(b);COMMIT;", "it is the dump of another database: there is no table nodes"},
		"schema":           {"BEGIN;\nCREATE TABLE nodes (id INTEGER);\nCOMMIT;", "it has tables without rows, as .schema prints them; a dump has both"},
		"twice":            {first + "COMMIT;\n" + first + "COMMIT;\n", "it has the cluster's database twice"},
		"two members":      {whole + second, "it has the databases of two members; one is enough"},
		"no end":           {first, "line 645: the file ends without COMMIT, which is the last line of a dump: it was cut off"},
		"cut statement":    {before(first, "(3,'core"), "line 44: the file ends in the middle of a statement: it was cut off"},
		"cut text":         {before(first, "core.trust"), "line 44: the file ends within a text that begins on line 44: it was cut off"},
		"given up":         {first + "ROLLBACK; -- due to errors\n", "line 645: ROLLBACK: the server could not finish this dump"},
		"within":           {first + "BEGIN TRANSACTION;", "line 645: a dump begins within another one"},
		"no beginning":     {whole + "COMMIT;", "line 713: COMMIT without a beginning"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := open(t, c.text); err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// before returns the text up to where another begins.
func before(text, end string) string {
	text, _, _ = strings.Cut(text, end)
	return text
}

// TestNothingOfADumpIsRun hands in what would change something if a dump were run as SQL.
func TestNothingOfADumpIsRun(t *testing.T) {
	t.Chdir(t.TempDir())
	for statement, want := range map[string]string{
		"ATTACH DATABASE 'stolen' AS x;":                                     "line 2: a statement that no dump has",
		"VACUUM INTO 'stolen';":                                              "line 2: a statement that no dump has",
		"DROP TABLE nodes;":                                                  "line 2: a statement that no dump has",
		"DELETE FROM nodes;":                                                 "line 2: a statement that no dump has",
		"UPDATE nodes SET name = '';":                                        "line 2: a statement that no dump has",
		"CREATE VIRTUAL TABLE t USING fts5(a);":                              "line 2: a statement that no dump has",
		"CREATE TEMP TABLE t(a);":                                            "line 2: a statement that no dump has",
		"CREATE TABLE t(a;":                                                  "line 2: SQLite refuses the table",
		"CREATE TABLE t(UNIQUE (a));":                                        "line 2: SQLite refuses the table",
		"CREATE TABLE nodes(id INTEGER);":                                    "line 2: SQLite refuses the table",
		"INSERT INTO nodes SELECT 1;":                                        "line 2: a statement that no dump has",
		"INSERT INTO nodes VALUES((SELECT 1));":                              "line 2: a statement that no dump has",
		"INSERT INTO nodes VALUES(readfile('x'));":                           "line 2: SQLite refuses the row",
		"INSERT INTO nodes VALUES(char(-1));":                                "line 2: SQLite refuses the row",
		"INSERT INTO nodes VALUES(replace('a','a','aa'));":                   "line 2: SQLite refuses the row",
		"INSERT INTO nodes VALUES(unistr('\\u+00041'));":                     "line 2: SQLite refuses the row",
		"INSERT INTO nodes VALUES(unistr('\\'));":                            "line 2: SQLite refuses the row",
		"INSERT INTO nodes VALUES(1) sekret;":                                "line 2: SQLite refuses the row",
		"INSERT INTO nodes VALUES(X'6g');":                                   "line 2: SQLite refuses the row",
		"INSERT INTO nodes VALUES('sekret','sekret');":                       "line 2: SQLite refuses the row",
		"INSERT INTO nodes VALUES(1),(1);":                                   "line 2: SQLite refuses the row: UNIQUE constraint failed: nodes.id",
		"INSERT INTO other VALUES('sekret');":                                "line 2: a row of a table that is not made before it",
		"INSERT INTO nodes VALUES(" + strings.Repeat("char(", 10000) + "1);": "line 2: SQLite refuses the row",
		"INSERT INTO nodes VALUES(load_extension('x'));":                     "line 2: SQLite refuses the row",
		"INSERT INTO nodes VALUES(zeroblob(100000000));":                     "line 2: SQLite refuses the row",
		"CREATE TABLE temp.t(a);":                                            "line 2: a statement that no dump has",
		"CREATE TABLE t(a DEFAULT (randomblob(9)));":                         "line 2: SQLite refuses the table",
		"CREATE TABLE t AS SELECT * FROM nodes;":                             "line 2: a statement that no dump has",
	} {
		_, err := open(t, "CREATE TABLE nodes(id INTEGER PRIMARY KEY);\n"+statement)
		if err == nil || err.Error() != want {
			t.Errorf("%.60s\ngot  %v\nwant %s", statement, err, want)
		}
	}
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("found %v (error %v), want nothing", left, err)
	}
}

// TestErrorsKeepSecrets breaks a dump in many places: by cutting it off, and by a quote too many.
func TestErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	whole := global(t)
	secrets := strings.FieldsFunc(whole, func(r rune) bool { return strings.ContainsRune(`'(),;\ `+"\n", r) })
	for at := 1; at < len(whole)-len("COMMIT;\n"); at += 307 {
		for _, text := range []string{whole[:at], whole[:at] + "'" + whole[at:]} {
			d, err := open(t, text)
			if err == nil {
				_ = d.Close() // a quote in a comment or beside another one breaks nothing
				continue
			}
			for _, secret := range secrets {
				if len(secret) > 20 && strings.Contains(err.Error(), secret) {
					t.Fatalf("broken at %d: the error has %q in it: %v", at, secret, err)
				}
			}
		}
	}
}
