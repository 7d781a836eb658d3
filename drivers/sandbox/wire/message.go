package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// version is the protocol version, the first word that a client sends.
const version = 1

// word is the unit of the protocol in bytes: every field begins at a multiple of it, filled up with zeroes.
const word = 8

// maxBody limits a request's body in bytes. dqlite accepts 4 GiB; nobody sends a sandbox so much.
const maxBody = 64 << 20

// The requests that are served.
const (
	reqLeader    = 0
	reqClient    = 1
	reqOpen      = 3
	reqQuerySQL  = 9
	reqInterrupt = 10
	reqCluster   = 16
)

// The responses.
const (
	respFailure  = 0
	respNode     = 1
	respWelcome  = 2
	respNodes    = 3
	respDatabase = 4
	respRows     = 7
	respEmpty    = 8
)

// request is one frame from the client.
type request struct {
	kind   byte
	schema byte
	body   []byte
}

// readRequest reads one frame: a word with the length of the body in words, the kind and the schema, then the body.
// It returns io.EOF only at the border of two frames.
func readRequest(r io.Reader) (request, error) {
	var header [word]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return request{}, err
	}
	size := int64(binary.LittleEndian.Uint32(header[:])) * word
	if size == 0 || size > maxBody {
		return request{}, fmt.Errorf("reading a request of %d bytes: the length must be from %d to %d", size, word, maxBody)
	}
	// The buffer grows with what arrives, not with what the header promises.
	var body bytes.Buffer
	if _, err := io.CopyN(&body, r, size); err != nil {
		return request{}, fmt.Errorf("reading the body of a request: %w", io.ErrUnexpectedEOF)
	}
	return request{kind: header[4], schema: header[5], body: body.Bytes()}, nil
}

// errShort says that a body has less than its fields need.
var errShort = errors.New("the request is too short")

// decoder takes fields from a body. After the first that does not fit, err is set and all others are zero.
type decoder struct {
	rest []byte
	err  error
}

// take returns the next n bytes, nil when they are not there.
func (d *decoder) take(n uint64) []byte {
	if d.err != nil || n > uint64(len(d.rest)) {
		d.err = errShort
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// text takes a string that ends with a zero byte.
func (d *decoder) text() string {
	n := bytes.IndexByte(d.rest, 0)
	if n < 0 {
		d.err = errShort
		return ""
	}
	s := string(d.take(uint64(n)))
	d.take(padded(uint64(n)+1) - uint64(n))
	return s
}

// padded rounds up to whole words.
func padded(n uint64) uint64 { return (n + word - 1) / word * word }

// encoder collects one frame. The zero value is ready; reset makes it ready again and keeps the memory.
type encoder struct{ b []byte }

// reset begins a frame with room for the header.
func (e *encoder) reset() { e.b = append(e.b[:0], make([]byte, word)...) }

func (e *encoder) uint64(v uint64) { e.b = binary.LittleEndian.AppendUint64(e.b, v) }

// text adds a string. A zero byte would end it for the client, as it does in dqlite, so it ends here.
func (e *encoder) text(s string) {
	s, _, _ = strings.Cut(s, "\x00")
	e.b = append(append(e.b, s...), 0)
	e.fill()
}

// fill adds zeroes up to the next word.
func (e *encoder) fill() {
	for len(e.b)%word != 0 {
		e.b = append(e.b, 0)
	}
}

// frame fills in the header and returns the frame, which is valid until the next reset.
func (e *encoder) frame(kind byte) []byte {
	binary.LittleEndian.PutUint32(e.b, uint32((len(e.b)-word)/word))
	e.b[4], e.b[5], e.b[6], e.b[7] = kind, 0, 0, 0
	return e.b
}
