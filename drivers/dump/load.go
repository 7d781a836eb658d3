package dump

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"clusterctl/drivers/internal/memdb"
)

// Limits: how many rows SQLite is given at once, and how many statements a file may have.
const (
	batch         = 500
	maxStatements = 20_000_000
)

// What a dump is made of: how it begins, what makes a table, what adds rows, and what means nothing here, since nothing
// that is read needs indexes, views and triggers, or what SQLite notes for itself.
var (
	beginning = regexp.MustCompile(`^(?:\s|--.*\n|(?s:/\*.*?\*/)|;)*(?:$|(?i:PRAGMA|BEGIN|CREATE|INSERT|COMMIT|END)\b)`)
	table     = regexp.MustCompile(`(?i)^CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"?(\w+)"?\s*\(`)
	row       = regexp.MustCompile(`(?i)^INSERT\s+INTO\s+"?(\w+)"?\s*(?:\([^()]*\)\s*)?VALUES`)
	nothing   = regexp.MustCompile(`(?i)^(?:PRAGMA|ANALYZE|CREATE\s+(?:UNIQUE|INDEX|VIEW|TRIGGER)|` +
		`(?:INSERT\s+INTO|DELETE\s+FROM)\s+"?sqlite_\w+)\b`)
)

// loader loads the dumps of a file, each into a database of its own.
type loader struct {
	script
	loaded []*database
	// current is the dump that has begun and not ended, nil between dumps.
	current *database
}

// database is one dump. While it is loaded it has a guarded connection, and rows that wait to be inserted
// together, which takes SQLite a third of the time: by the text before their values.
type database struct {
	*sql.DB
	tables map[string]bool
	conn   *sql.Conn
	rows   map[string][]command
}

// load loads the whole file.
func (l *loader) load(ctx context.Context) error {
	if !beginning.Match(l.text) {
		return l.fault(0, "this is not what a dump begins with, PRAGMA or BEGIN TRANSACTION")
	}
	for range maxStatements {
		st, err := l.next()
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case err != nil:
			return err
		case len(st.text) == 0 && l.current != nil:
			return cmp.Or(l.insert(ctx),
				l.fault(l.at, "the file ends without COMMIT, which is the last line of a dump: it was cut off"))
		case len(st.text) == 0 && l.loaded == nil:
			return l.fault(l.at, "the file has no statement in it")
		case len(st.text) == 0:
			return nil
		case !nothing.Match(st.text):
			err = l.run(ctx, st)
		}
		if err != nil {
			return err
		}
	}
	return errors.New("it has more statements than the dump of a cluster")
}

// run carries a statement out.
func (l *loader) run(ctx context.Context, st command) error {
	verb := strings.ToUpper(string(st.text[:min(len(st.text), 6)]))
	switch ends := verb == "COMMIT" || verb == "END"; {
	case verb == "ROLLBA":
		return faultIn(st.line, "ROLLBACK: the server could not finish this dump")
	case strings.HasPrefix(verb, "BEGIN") && l.current != nil:
		return faultIn(st.line, "a dump begins within another one")
	case ends && l.current == nil:
		return faultIn(st.line, "COMMIT without a beginning")
	case ends:
		return l.commit(ctx)
	case l.current == nil:
		if err := l.begin(ctx); err != nil || strings.HasPrefix(verb, "BEGIN") {
			return err
		}
	}
	switch made, added := table.FindSubmatch(st.text), row.FindSubmatch(st.text); {
	case made != nil:
		l.current.tables[strings.ToLower(string(made[1]))] = true
		return l.exec(ctx, st, "the table")
	case added == nil || st.selects:
		return faultIn(st.line, "a statement that no dump has")
	case !l.current.tables[strings.ToLower(string(added[1]))]:
		return faultIn(st.line, "a row of a table that is not made before it")
	default:
		into := string(added[0])
		l.current.rows[into] = append(l.current.rows[into], st)
		if len(l.current.rows[into]) < batch {
			return nil
		}
		return l.insert(ctx)
	}
}

// begin opens the next database.
func (l *loader) begin(ctx context.Context) error {
	db, err := memdb.Temporary(ctx)
	if err != nil {
		return err
	}
	l.current = &database{DB: db, tables: map[string]bool{}, rows: map[string][]command{}}
	l.loaded = append(l.loaded, l.current)
	if l.current.conn, err = db.Conn(ctx); err != nil {
		return err
	}
	return memdb.Guard(l.current.conn)
}

// insert inserts the rows that wait: those of a table together, and one by one to find the line of one that is refused.
func (l *loader) insert(ctx context.Context) error {
	for _, into := range slices.Sorted(maps.Keys(l.current.rows)) {
		all := []byte(into)
		for _, st := range l.current.rows[into] {
			all = append(append(all, st.text[len(into):]...), ',')
		}
		if _, err := l.current.conn.ExecContext(ctx, string(all[:len(all)-1])); err == nil {
			continue
		}
		for _, st := range l.current.rows[into] {
			if err := l.exec(ctx, st, "the row"); err != nil {
				return err
			}
		}
	}
	clear(l.current.rows)
	return nil
}

// exec runs a statement. Of SQLite's reasons only one that names columns is told: others quote what stands there.
func (l *loader) exec(ctx context.Context, st command, what string) error {
	_, err := l.current.conn.ExecContext(ctx, string(st.text))
	if err == nil || ctx.Err() != nil {
		return err
	}
	if _, why := memdb.Reason(err); strings.Contains(why, " constraint failed: ") {
		what += ": " + why
	}
	return faultIn(st.line, "SQLite refuses "+what)
}

// commit says that the dump is complete.
func (l *loader) commit(ctx context.Context) error {
	err := l.insert(ctx)
	conn := l.current.conn
	l.current = nil
	return errors.Join(err, memdb.Unguard(conn), conn.Close())
}

// close forgets everything that was loaded.
func (l *loader) close() error {
	var errs []error
	if l.current != nil && l.current.conn != nil {
		errs = append(errs, l.current.conn.Close())
	}
	for _, d := range l.loaded {
		errs = append(errs, d.Close())
	}
	return errors.Join(errs...)
}
