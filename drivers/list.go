package drivers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
)

// maxEntries is how many entries a list of a daemon may have.
const maxEntries = 200_000

// List is a list in an answer. A daemon may answer anything: a list of ten million empty objects is no large text.
type List[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *List[T]) UnmarshalJSON(text []byte) error {
	return elements(text, func(from *json.Decoder) error {
		if len(*l) == maxEntries {
			return errors.New("the list has too many entries")
		}
		*l = append(*l, *new(T))
		return from.Decode(&(*l)[len(*l)-1])
	})
}

// elements calls read for each element of a list; null is an empty one.
func elements(text []byte, read func(from *json.Decoder) error) error {
	if string(text) == "null" {
		return nil
	}
	from := json.NewDecoder(bytes.NewReader(text))
	return each(from, func() error { return read(from) })
}

// each calls read for each element of the list that comes next.
func each(from *json.Decoder, read func() error) error {
	if begins, err := from.Token(); err != nil || begins != json.Delim('[') {
		return cmp.Or(err, errors.New("this is no list"))
	}
	for from.More() {
		if err := read(); err != nil {
			return err
		}
	}
	_, err := from.Token()
	return err
}
