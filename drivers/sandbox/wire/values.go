package wire

import (
	"database/sql/driver"
	"fmt"
	"time"
)

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
