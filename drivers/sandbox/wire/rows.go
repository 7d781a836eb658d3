package wire

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// A response with rows ends with one of these words: more follow in a further response, or all are there.
const (
	rowsPart uint64 = 0xeeeeeeeeeeeeeeee
	rowsDone uint64 = math.MaxUint64
)

// partSize is the length in bytes from which on a response with rows is sent, one page as in dqlite.
const partSize = 4096

var (
	errInterrupted = errors.New("the client has seen enough rows")
	errOutOfTurn   = errors.New("a request came while rows were under way")
)

// stream sends all rows but those of the last response, which it leaves in s.out.
func (s *session) stream(ctx context.Context, rows driver.Rows) error {
	columns := rows.Columns()
	declared := declaredTypes(rows, len(columns))
	values := make([]driver.Value, len(columns))
	for {
		s.out.reset()
		s.out.uint64(uint64(len(columns)))
		for _, name := range columns {
			s.out.text(name)
		}
		done, err := s.part(rows, declared, values)
		if err != nil {
			return err
		}
		if done {
			s.out.uint64(rowsDone)
			return nil
		}
		s.out.uint64(rowsPart)
		if err := s.send(respRows); err != nil {
			return err
		}
		if err := s.interrupted(ctx); err != nil {
			return err
		}
	}
}

// part adds rows until the response is long enough, and reports whether there are no more.
func (s *session) part(rows driver.Rows, declared []string, values []driver.Value) (done bool, err error) {
	for len(s.out.b) < partSize {
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		}
		if err := s.out.row(declared, values); err != nil {
			return false, err
		}
	}
	return false, nil
}

// interrupted looks, without waiting, whether the client wants no more rows.
func (s *session) interrupted(ctx context.Context) error {
	select {
	case req := <-s.requests:
		if req.kind != reqInterrupt {
			return errOutOfTurn
		}
		return errInterrupted
	case <-ctx.Done():
		return ctx.Err()
	default:
		return nil
	}
}

// declaredTypes returns the types that CREATE TABLE gave the columns, "" for expressions.
func declaredTypes(rows driver.Rows, n int) []string {
	types := make([]string, n)
	if r, ok := rows.(driver.RowsColumnTypeDatabaseTypeName); ok {
		for i := range types {
			types[i] = r.ColumnTypeDatabaseTypeName(i)
		}
	}
	return types
}

// The types of values that the tables and the queries of drivers/rows have.
const (
	typeInteger = 1
	typeText    = 3
	typeNull    = 5
	typeISO8601 = 10
)

// timeFormat is how go-dqlite writes and first tries to read times.
const timeFormat = "2006-01-02 15:04:05.999999999-07:00"

// row adds one row: half a byte with the type of each value, then the values.
func (e *encoder) row(declared []string, values []driver.Value) error {
	header := len(e.b)
	e.b = append(e.b, make([]byte, padded(uint64(len(values)+1)/2))...)
	for i, v := range values {
		kind, err := e.value(declared[i] == "DATETIME", v)
		if err != nil {
			return err
		}
		e.b[header+i/2] |= kind << (4 * (i % 2))
	}
	return nil
}

// value adds one value and returns its type. What is a time is said by the column's declared type, as in dqlite
// (src/query.c, value_type): everything in such a column is the text of one, NULL empty text.
func (e *encoder) value(isTime bool, v driver.Value) (byte, error) {
	kind := byte(typeText)
	if isTime {
		kind = typeISO8601
	}
	switch v := v.(type) {
	case string:
		e.text(v)
		return kind, nil
	case time.Time:
		e.text(v.Format(timeFormat))
		return typeISO8601, nil
	case nil:
		if isTime {
			e.text("")
			return kind, nil
		}
		e.uint64(0)
		return typeNull, nil
	case int64:
		e.uint64(uint64(v))
		return typeInteger, nil
	}
	return 0, fmt.Errorf("encoding a row: a value has the unknown type %T", v)
}
