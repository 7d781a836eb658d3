package memdb

import (
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
)

// Reason returns SQLite's extended result code and its message without the library's frame: for a
// row that exists already 2067 and "UNIQUE constraint failed: nodes.name". An error that is not SQLite's has the
// code 1 and its own text.
func Reason(err error) (code int, text string) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 1, err.Error()
	}
	// The library writes "KIND: MESSAGE (CODE)", or "KIND (CODE)" when there is no message of its own.
	text = strings.TrimSuffix(e.Error(), " (SQLITE_BUSY)")
	text = strings.TrimSuffix(text, fmt.Sprintf(" (%d)", e.Code()))
	if _, message, found := strings.Cut(text, ": "); found {
		text = message
	}
	return e.Code(), text
}
