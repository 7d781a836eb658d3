package drivers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
)

type togetherKey struct{}

type kept struct {
	most int64
	left atomic.Int64
}

// Together bounds in bytes what is kept of answers in all calls under the context: a reading holds what each of many
// servers says until it has read all.
func Together(ctx context.Context, most int64) context.Context {
	kept := &kept{most: most}
	kept.left.Store(most)
	return context.WithValue(ctx, togetherKey{}, kept)
}

// Keep takes bytes off what [Together] allows, and fails once there is nothing left.
func Keep(ctx context.Context, size int) error {
	if k, bounded := ctx.Value(togetherKey{}).(*kept); bounded && k.left.Add(-int64(size)) < 0 {
		return fmt.Errorf("the lists of all servers have more than %d MiB together; if that is right, give a larger --max-input",
			k.most>>20)
	}
	return nil
}

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

// elements calls read for each element of a list.
func elements(text []byte, read func(from *json.Decoder) error) error {
	from := json.NewDecoder(bytes.NewReader(text))
	return each(from, func() error { return read(from) })
}

// each calls read for each element of the list that comes next; null is an empty one.
func each(from *json.Decoder, read func() error) error {
	switch begins, err := from.Token(); {
	case err != nil || begins == nil:
		return err
	case begins != json.Delim('['):
		return errors.New("this is no list")
	}
	for from.More() {
		if err := read(); err != nil {
			return err
		}
	}
	_, err := from.Token()
	return err
}
