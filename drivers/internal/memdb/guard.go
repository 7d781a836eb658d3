package memdb

import (
	"database/sql"
	"errors"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// longest is the largest text in bytes that a guarded connection makes or takes.
const longest = 64 << 20

// filling are what SQLite does when it makes tables and indexes and fills them.
var filling = []sqlite.AuthorizerActionCode{sqlite.AuthTransaction,
	sqlite.AuthCreateTable, sqlite.AuthCreateIndex, sqlite.AuthReindex,
	sqlite.AuthInsert, sqlite.AuthSelect, sqlite.AuthRead}

// calls are the functions in the values of a dump, and in the defaults and rules of LXD's tables.
var calls = []string{"replace", "char", "unistr", "current_timestamp", "strftime", "datetime", "length", "lower"}

// Guard has SQLite refuse on that connection whatever does not make a table or an index or fill one: nothing is
// attached, loaded, changed or removed, and only a few functions are called. It is for SQL that somebody else has
// written, until Unguard.
func Guard(conn *sql.Conn) error {
	_, err := sqlite.Limit(conn, sqlite3.SQLITE_LIMIT_LENGTH, longest)
	return errors.Join(err, authorize(conn, func(action sqlite.AuthorizerActionCode, one, two, _, _ string,
	) sqlite.AuthorizerReturnCode {
		switch {
		case slices.Contains(filling, action),
			action == sqlite.AuthUpdate && one == "sqlite_master", // where tables are noted
			action == sqlite.AuthFunction && slices.Contains(calls, strings.ToLower(two)):
			return sqlite.AuthorizerOK
		}
		return sqlite.AuthorizerDeny
	}))
}

// Unguard takes the guard off.
func Unguard(conn *sql.Conn) error { return authorize(conn, nil) }

func authorize(conn *sql.Conn, fn sqlite.AuthorizerFn) error {
	return conn.Raw(func(c any) error { return c.(sqlite.AuthorizerRegisterer).RegisterAuthorizer(fn) })
}
