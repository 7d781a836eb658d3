package wire

import (
	"context"
	"database/sql/driver"
	"errors"
)

// statement is a prepared statement of this client's database.
type statement struct {
	compiled
	parameters int
}

// compiled is what a statement of database/sql that takes contexts can do.
type compiled interface {
	Close() error
	driver.StmtExecContext
	driver.StmtQueryContext
}

// values takes the parameters' values from a request. Those that the client leaves out are NULL.
func (st statement) values(d *decoder, schema byte) []driver.NamedValue {
	values := d.parameters(schema)
	for len(values) < st.parameters {
		values = append(values, driver.NamedValue{Ordinal: len(values) + 1})
	}
	return values
}

func (s *session) open(ctx context.Context, d *decoder, _ byte) error {
	name := d.text()
	d.uint64() // flags, unused since dqlite 1.0
	d.text()   // the name of a virtual file system, unused too
	if d.err != nil {
		return d.err
	}
	if err := s.handler.CheckLeader(ctx); err != nil {
		return err
	}
	if s.db != nil {
		return &Failure{Code: CodeBusy, Text: "a database for this connection is already open"}
	}
	db, err := s.handler.Open(ctx, name)
	if err != nil {
		return err
	}
	s.db = db
	s.out.uint32(0)
	s.out.uint32(0)
	return nil
}

// ready checks what every request with a statement needs. Only the database with the id zero exists.
func (s *session) ready(ctx context.Context, d *decoder, id uint64) error {
	if d.err != nil {
		return d.err
	}
	if err := s.handler.CheckLeader(ctx); err != nil {
		return err
	}
	if id != 0 || s.db == nil {
		return &Failure{Code: CodeNotFound, Text: "no database opened"}
	}
	return nil
}

// compile prepares a single statement, or with script any number of them. Two statements where one is expected are
// refused as dqlite does since 1.14; 1.11 forgets the second.
func (s *session) compile(ctx context.Context, query string, script bool) (statement, error) {
	text := scan(query)
	switch {
	case text.empty && !script:
		return statement{}, &Failure{Text: "empty statement"}
	case text.tail && !script:
		return statement{}, &Failure{Code: CodeError, Text: "nonempty statement tail"}
	}
	conn, ok := s.db.(driver.ConnPrepareContext)
	if !ok {
		return statement{}, errors.New("the database's connections take no context")
	}
	prepared, err := conn.PrepareContext(ctx, query)
	if err != nil {
		return statement{}, err
	}
	st, ok := prepared.(compiled)
	if !ok {
		return statement{}, errors.Join(errors.New("the database's statements take no context"), prepared.Close())
	}
	return statement{st, text.parameters}, nil
}

func (s *session) prepare(ctx context.Context, d *decoder, _ byte) error {
	id, query := d.uint64(), d.text()
	if err := s.ready(ctx, d, id); err != nil {
		return err
	}
	st, err := s.compile(ctx, query, false)
	if err != nil {
		return err
	}
	number := s.next
	s.next++
	s.statements[number] = st
	s.out.uint32(0)
	s.out.uint32(number)
	s.out.uint64(uint64(st.parameters))
	return nil
}

// lookup finds a prepared statement.
func (s *session) lookup(ctx context.Context, d *decoder) (statement, error) {
	id, number := d.uint32(), d.uint32()
	if err := s.ready(ctx, d, uint64(id)); err != nil {
		return statement{}, err
	}
	st, known := s.statements[number]
	if !known {
		return statement{}, &Failure{Code: CodeNotFound, Text: "no statement with the given id"}
	}
	return st, nil
}

func (s *session) finalize(ctx context.Context, d *decoder, _ byte) error {
	id, number := d.uint32(), d.uint32()
	if d.err != nil {
		return d.err
	}
	st, known := s.statements[number]
	switch {
	case id != 0 || s.db == nil:
		return &Failure{Code: CodeNotFound, Text: "no database opened"}
	case !known:
		return &Failure{Code: CodeNotFound, Text: "no statement with the given id"}
	}
	delete(s.statements, number)
	s.out.uint64(0)
	return st.Close()
}

func (s *session) exec(ctx context.Context, d *decoder, schema byte) error {
	st, err := s.lookup(ctx, d)
	if err != nil {
		return err
	}
	return s.run(ctx, d, schema, st)
}

func (s *session) execSQL(ctx context.Context, d *decoder, schema byte) (err error) {
	id, query := d.uint64(), d.text()
	if err := s.ready(ctx, d, id); err != nil {
		return err
	}
	st, err := s.compile(ctx, query, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return s.run(ctx, d, schema, st)
}

// run runs a statement for its effect.
func (s *session) run(ctx context.Context, d *decoder, schema byte, st statement) error {
	values := st.values(d, schema)
	if d.err != nil {
		return d.err
	}
	result, err := st.ExecContext(ctx, values)
	if err != nil {
		return err
	}
	var last, affected int64
	if result != nil { // nil for a script without statements
		last, _ = result.LastInsertId() // SQLite knows both
		affected, _ = result.RowsAffected()
	}
	s.out.uint64(uint64(last))
	s.out.uint64(uint64(affected))
	return nil
}

func (s *session) query(ctx context.Context, d *decoder, schema byte) error {
	st, err := s.lookup(ctx, d)
	if err != nil {
		return err
	}
	return s.rows(ctx, d, schema, st)
}

func (s *session) querySQL(ctx context.Context, d *decoder, schema byte) (err error) {
	id, query := d.uint64(), d.text()
	if err := s.ready(ctx, d, id); err != nil {
		return err
	}
	st, err := s.compile(ctx, query, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return s.rows(ctx, d, schema, st)
}

// rows runs a statement for its rows.
func (s *session) rows(ctx context.Context, d *decoder, schema byte, st statement) (err error) {
	values := st.values(d, schema)
	if d.err != nil {
		return d.err
	}
	rows, err := st.QueryContext(ctx, values)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	return s.stream(ctx, rows)
}

// interrupt without rows under way does nothing. The client waits for the empty response in both cases.
func (s *session) interrupt(_ context.Context, d *decoder, _ byte) error {
	d.uint64()
	s.out.uint64(0)
	return nil
}
