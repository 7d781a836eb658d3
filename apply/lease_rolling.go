package apply

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"clusterctl/drivers"
)

// now returns the lock as it has to be used now: a rolling one only while members do run different versions. A daemon
// that is told to change its configuration tells all the others, and those that wait for an upgrade let it wait: it
// fails after seven minutes, and takes the change back (measured on lxd 5.0.2 beside 5.0.2+git20231211). The database
// works meanwhile. Where that cannot be asked, nothing says that an upgrade goes on.
func (l Lock) now(ctx context.Context) Lock {
	if l.Rolling {
		rows, err := l.query(ctx, "SELECT schema, api_extensions FROM nodes WHERE state <> 1 GROUP BY schema, api_extensions")
		l.Rolling = err == nil && len(rows) > 1
	}
	return l
}

// inDatabase returns the lock's text as it is in the database, and the time there.
func (l Lock) inDatabase(ctx context.Context) (string, time.Time, error) {
	rows, err := l.query(ctx, "SELECT (SELECT value FROM config WHERE key = '"+LockKey+"'), strftime('%s', 'now')")
	if err != nil {
		return "", time.Time{}, err
	}
	if len(rows) != 1 || len(rows[0]) != 2 {
		return "", time.Time{}, errors.New("the daemon gives no row of two columns")
	}
	at, err := strconv.ParseInt(rows[0][1].String, 10, 64)
	return rows[0][0].String, time.Unix(at, 0), err
}

// store replaces the lock's text before, and no other, in the database. An empty one removes it.
func (l Lock) store(ctx context.Context, text, before string) error {
	same := fmt.Sprintf("key = '%s' AND value = %s", LockKey, literal(before))
	statement := "DELETE FROM config WHERE " + same
	switch {
	case text != "" && before != "":
		statement = fmt.Sprintf("UPDATE config SET value = %s WHERE %s", literal(text), same)
	case text != "":
		statement = fmt.Sprintf("INSERT OR IGNORE INTO config (key, value) VALUES ('%s', %s)", LockKey, literal(text))
	}
	_, err := l.query(ctx, statement)
	if err != nil {
		return fmt.Errorf("writing the lock into the database: %w", err)
	}
	return nil
}

// literal is a text in SQL without a character that means something: the daemon cuts a statement at each semicolon.
func literal(text string) string { return fmt.Sprintf("CAST(X'%X' AS TEXT)", text) }

// query runs a statement in the cluster's database.
func (l Lock) query(ctx context.Context, statement string) ([][]drivers.Cell, error) {
	return drivers.SQL{API: l.API, Database: "global"}.Query(ctx, statement)
}
