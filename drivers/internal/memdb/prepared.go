package memdb

import (
	"context"
	"database/sql/driver"
	"errors"
)

// mostKept is how many statements a connection keeps: more than its user has, unless that writes values into them.
const mostKept = 500

// keeping makes connections that keep the statements which they have prepared. To prepare one takes longer than to run
// it where the tables are small, and the library does that again each time.
type keeping struct{ driver.Connector }

// Connect implements driver.Connector.
func (k keeping) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &keeper{connection: conn.(connection), idle: map[string]statement{}}, nil
}

// connection is what is used of one of the library, and what database/sql looks for in it.
type connection interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	Serialize() ([]byte, error)
	Deserialize(image []byte) error
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keeper is a connection with the statements that nobody runs at the moment.
type keeper struct {
	connection
	idle map[string]statement
}

// take takes a statement out of those that are idle, or prepares it: the same text may be running already.
func (k *keeper) take(ctx context.Context, query string) (statement, error) {
	if s, kept := k.idle[query]; kept {
		delete(k.idle, query)
		return s, nil
	}
	s, err := k.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.(statement), nil
}

// give keeps a statement that was run, unless that went wrong.
func (k *keeper) give(query string, s statement, err error) error {
	if _, another := k.idle[query]; another || err != nil || len(k.idle) >= mostKept {
		return s.Close()
	}
	k.idle[query] = s
	return nil
}

// ExecContext implements driver.ExecerContext.
func (k *keeper) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := k.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	if wrong := k.give(query, s, err); err == nil {
		err = wrong
	}
	return result, err
}

// QueryContext implements driver.QueryerContext.
func (k *keeper) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.take(ctx, query)
	if err != nil {
		return nil, err
	}
	found, err := s.QueryContext(ctx, args)
	if err != nil {
		_ = k.give(query, s, err) // the same once more, if anything
		return nil, err
	}
	return &keptRows{typedRows: found.(typedRows), done: func(err error) error { return k.give(query, s, err) }}, nil
}

// BeginTx implements driver.ConnBeginTx. The library prepares these statements each time, too.
func (k *keeper) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// What has begun has to be known: a context that ends meanwhile is looked at by the next statement.
	_, err := k.ExecContext(context.WithoutCancel(ctx), "BEGIN", nil)
	return ending{k}, err
}

// ending ends the transaction of a connection.
type ending struct{ *keeper }

// Commit implements driver.Tx. One that fails is over as well.
func (e ending) Commit() error {
	_, err := e.ExecContext(context.Background(), "COMMIT", nil)
	if err != nil {
		_ = e.Rollback() // the error of the commit counts, and SQLite may have taken it back already
	}
	return err
}

// Rollback implements driver.Tx.
func (e ending) Rollback() error {
	_, err := e.ExecContext(context.Background(), "ROLLBACK", nil)
	return err
}

// Close implements driver.Conn.
func (k *keeper) Close() error {
	var errs []error
	for _, s := range k.idle {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, k.connection.Close())...)
}

type typedRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
}

// keptRows are rows whose statement is kept when they are closed.
type keptRows struct {
	typedRows
	done func(error) error
}

// Close implements driver.Rows.
func (r *keptRows) Close() error {
	err := r.typedRows.Close()
	return errors.Join(err, r.done(err))
}
