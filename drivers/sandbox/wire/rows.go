package wire

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"math"
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
