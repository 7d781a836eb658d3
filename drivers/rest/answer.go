package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"clusterctl/drivers"
)

// Turn is whose turn it is to read a large answer: with one for all clients of a run, what strange servers send
// together takes as much memory as what one of them sends.
type Turn chan struct{}

// NewTurn returns one that nobody has.
func NewTurn() Turn { return make(Turn, 1) }

// small is how many bytes of an answer are read out of turn.
const small = 1 << 20

// inTurn reads an answer, and what is beyond small in turn.
type inTurn struct {
	io.Reader
	ctx  context.Context
	turn Turn
	left int
	has  bool
}

func (r *inTurn) Read(into []byte) (int, error) {
	if r.left <= 0 && !r.has && r.turn != nil {
		select {
		case r.turn <- struct{}{}:
			r.has = true
		case <-r.ctx.Done():
			return 0, r.ctx.Err()
		}
	}
	n, err := r.Reader.Read(into)
	r.left -= n
	return n, err
}

func (r *inTurn) end() {
	if r.has {
		<-r.turn
	}
}

func limitOf(call drivers.Call) int64 {
	switch {
	case call.Path == drivers.SQLPath:
		return maxDatabase
	case call.Query["recursion"] != "":
		return maxList
	case call.Path == "/1.0":
		return small
	}
	return maxAnswer
}

// envelope is what LXD wraps every answer in.
type envelope struct {
	Type      string `json:"type"`
	Operation string `json:"operation"`
	ErrorCode int    `json:"error_code"`
	Error     string `json:"error"`
	Metadata  part   `json:"metadata"`
}

// part is a part of an answer as it stands there, in the memory of the whole.
type part []byte

// UnmarshalJSON implements json.Unmarshaler. It keeps the text, since [decode] makes it and uses it no more.
func (p *part) UnmarshalJSON(text []byte) error {
	*p = text
	return nil
}

func (e envelope) text(status int) string {
	if e.Error == "" {
		return fmt.Sprintf("HTTP %d without a reason", status)
	}
	return e.Error
}

var errTooLarge = errors.New("the answer is larger")

// piece is how much of an answer is read at a time: a buffer that doubles takes three times its size.
const piece = 256 << 10

// decode reads an answer to its end, so that the connection can be used again.
func decode(r io.Reader, most int64) (e envelope, err error) {
	var pieces [][]byte
	var text []byte
	for size := 0; err == nil; {
		if len(text) == cap(text) {
			pieces, text = append(pieces, text), make([]byte, 0, min(max(size, piece>>6), piece))
		}
		var n int
		n, err = r.Read(text[len(text):cap(text)])
		if text, size = text[:len(text)+n], size+n; int64(size) > most {
			return e, fmt.Errorf("%w than %d MiB", errTooLarge, most>>20)
		}
	}
	if !errors.Is(err, io.EOF) {
		return e, err
	}
	whole := bytes.Join(append(pieces, text), nil)
	clear(pieces)
	if err := json.Unmarshal(whole, &e); err != nil {
		return e, err
	}
	if e.Type == "" {
		return e, errNoEnvelope
	}
	return e, nil
}
