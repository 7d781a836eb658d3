package wire

import (
	"database/sql/driver"
	"fmt"
	"math"
	"time"
)

// The types of values.
const (
	typeInteger  = 1
	typeFloat    = 2
	typeText     = 3
	typeBlob     = 4
	typeNull     = 5
	typeUnixTime = 9
	typeISO8601  = 10
	typeBoolean  = 11
)

// timeFormat is how go-dqlite writes and first tries to read times.
const timeFormat = "2006-01-02 15:04:05.999999999-07:00"

// parameters takes the values of a statement's parameters: their number in one byte (schema 0) or four (schema 1),
// a byte with the type of each, then the values. A body that has ended means none.
func (d *decoder) parameters(schema byte) []driver.NamedValue {
	if d.err != nil || len(d.rest) == 0 {
		return nil
	}
	size := uint64(1)
	if schema == 1 {
		size = 4
	}
	var n uint64
	for i, b := range d.take(size) {
		n |= uint64(b) << (8 * i)
	}
	types := d.take(n)
	d.take(padded(size+n) - size - n)
	var values []driver.NamedValue
	for i, t := range types {
		v := d.value(t)
		if d.err != nil {
			return nil
		}
		values = append(values, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return values
}

// value takes one value. Times stay text, as they are stored.
func (d *decoder) value(kind byte) driver.Value {
	switch kind {
	case typeInteger, typeUnixTime:
		return int64(d.uint64())
	case typeFloat:
		return math.Float64frombits(d.uint64())
	case typeText, typeISO8601:
		return d.text()
	case typeBlob:
		return d.blob()
	case typeNull:
		d.uint64()
		return nil
	case typeBoolean:
		if d.uint64() != 0 {
			return int64(1)
		}
		return int64(0)
	}
	d.err = fmt.Errorf("a parameter has the unknown type %d", kind)
	return nil
}

// row adds one row: half a byte with the type of each value, then the values. The declared types of the columns
// decide what is a time and what is a boolean, as they do in dqlite (src/query.c, value_type).
func (e *encoder) row(declared []string, values []driver.Value) error {
	header := len(e.b)
	e.b = append(e.b, make([]byte, padded(uint64(len(values)+1)/2))...)
	for i, v := range values {
		kind, err := e.value(declared[i], v)
		if err != nil {
			return err
		}
		e.b[header+i/2] |= kind << (4 * (i % 2))
	}
	return nil
}

// value adds one value and returns its type.
func (e *encoder) value(declared string, v driver.Value) (byte, error) {
	switch declared {
	case "DATETIME", "DATE", "TIMESTAMP":
		return e.time(v)
	case "BOOLEAN":
		n, _ := v.(int64) // NULL is false in dqlite
		e.uint64(uint64(n))
		return typeBoolean, nil
	}
	switch v := v.(type) {
	case int64:
		e.uint64(uint64(v))
		return typeInteger, nil
	case float64:
		e.uint64(math.Float64bits(v))
		return typeFloat, nil
	case string:
		e.text(v)
		return typeText, nil
	case []byte:
		e.blob(v)
		return typeBlob, nil
	case nil:
		e.uint64(0)
		return typeNull, nil
	}
	return 0, fmt.Errorf("encoding a row: a value has the unknown type %T", v)
}

// time adds a value of a column of times: numbers are seconds since 1970, everything else is text, NULL empty text.
func (e *encoder) time(v driver.Value) (byte, error) {
	switch v := v.(type) {
	case int64:
		e.uint64(uint64(v))
		return typeUnixTime, nil
	case time.Time:
		e.b = append(v.AppendFormat(e.b, timeFormat), 0)
		e.fill()
		return typeISO8601, nil
	case string:
		e.text(v)
		return typeISO8601, nil
	case nil:
		e.text("")
		return typeISO8601, nil
	}
	return 0, fmt.Errorf("encoding a row: a time has the unknown type %T", v)
}
