package dump

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"clusterctl/drivers/internal/memdb"
)

// loader puts the rows of a file into databases in memory, one for each dump that the file has.
type loader struct {
	loaded []*database
}

// database is one dump of the file. While it is loaded it has a transaction, and the statements that add rows, by table.
type database struct {
	*sql.DB
	tables  map[string]bool
	tx      *sql.Tx
	inserts map[string]insertion
}

// insertion is a prepared statement that adds rows with so many values, of these columns if any are named.
type insertion struct {
	*sql.Stmt
	columns []string
	values  int
}

// last is the dump that is being loaded.
func (l *loader) last() *database { return l.loaded[len(l.loaded)-1] }

// begin opens the next dump of the file.
func (l *loader) begin(ctx context.Context) error {
	db, err := memdb.Memory(ctx)
	if err != nil {
		return err
	}
	d := &database{DB: db, tables: map[string]bool{}, inserts: map[string]insertion{}}
	l.loaded = append(l.loaded, d)
	d.tx, err = db.BeginTx(ctx, nil)
	return err
}

// table makes a table of those columns.
func (l *loader) table(ctx context.Context, name string, columns []column) error {
	if _, err := l.last().tx.ExecContext(ctx, definition(name, columns)); err != nil {
		return refused(ctx, err, "the table cannot be made")
	}
	l.last().tables[name] = true
	return nil
}

// row adds a row; without columns the values are those of all columns.
func (l *loader) row(ctx context.Context, table string, columns []string, values []any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	insert, err := l.last().insertion(ctx, table, columns, len(values))
	if err != nil {
		return err
	}
	// The library starts a goroutine for each statement that somebody may interrupt.
	if _, err := insert.ExecContext(context.WithoutCancel(ctx), values...); err != nil {
		_, why := memdb.Reason(err) // it names columns, not values
		return errors.New("the row does not fit its table: " + why)
	}
	return nil
}

// insertion returns the statement that adds such rows.
func (d *database) insertion(ctx context.Context, table string, columns []string, values int) (*sql.Stmt, error) {
	before, prepared := d.inserts[table]
	switch {
	case prepared && before.values == values && slices.Equal(before.columns, columns):
		return before.Stmt, nil
	case prepared:
		if err := before.Close(); err != nil {
			return nil, err
		}
	case !d.tables[table]:
		return nil, errors.New("a row of a table that is not made before it")
	}
	into := quoted(table)
	if len(columns) > 0 {
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = quoted(c)
		}
		into += " (" + strings.Join(names, ", ") + ")"
	}
	statement, err := d.tx.PrepareContext(ctx, "INSERT INTO "+into+" VALUES (?"+strings.Repeat(", ?", values-1)+")")
	if err != nil {
		return nil, refused(ctx, err, "the row does not fit its table")
	}
	d.inserts[table] = insertion{statement, columns, values}
	return statement, nil
}

// commit says that the dump is complete.
func (l *loader) commit() error {
	d := l.last()
	for _, insert := range d.inserts {
		if err := insert.Close(); err != nil {
			return err
		}
	}
	d.inserts = nil
	return d.tx.Commit()
}

// close forgets everything that was loaded.
func (l *loader) close() error {
	var errs []error
	for _, d := range l.loaded {
		if d.tx != nil {
			_ = d.tx.Rollback() // it has ended, unless the file was broken
		}
		errs = append(errs, d.Close())
	}
	l.loaded = nil
	return errors.Join(errs...)
}

// refused is an error in our words, unless nobody wants to know any more.
func refused(ctx context.Context, err error, text string) error {
	if ctx.Err() != nil {
		return err
	}
	return errors.New(text)
}
