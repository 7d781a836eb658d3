package wire_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"clusterctl/drivers/sandbox/wire"
)

// words returns numbers as the protocol writes them.
func words(numbers ...uint64) []byte {
	var b []byte
	for _, n := range numbers {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return b
}

// frame returns one request.
func frame(kind, schema byte, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	header := binary.LittleEndian.AppendUint32(nil, uint32(len(all)/8))
	return append(append(header, kind, schema, 0, 0), all...)
}

// newPipe returns the two ends of a connection in memory.
func newPipe(t testing.TB) (here, there net.Conn) {
	here, there = net.Pipe()
	t.Cleanup(func() { here.Close() })
	return here, there
}

// open is the request for the database db.bin.
var open = frame(3, 0, []byte("db.bin\x00\x00"), words(0, 0))

func TestRequestsThatDqliteRefuses(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	for name, c := range map[string]struct {
		request []byte
		code    uint64
		text    string
	}{
		"unknown kind":          {frame(99, 0, words(0)), 1005, "unrecognized request type"},
		"unknown layout":        {frame(0, 1, words(0)), 1005, "unrecognized schema version"},
		"unknown query layout":  {frame(9, 2, words(0)), 1005, "unrecognized schema version"},
		"unknown cluster list":  {frame(16, 0, words(2)), 1005, "unrecognized cluster format"},
		"nothing opened":        {frame(9, 0, words(0), []byte("SELECT\x00\x00")), 12, "no database opened"},
		"opened twice":          {append(bytes.Clone(open), open...), 5, "a database for this connection is already open"},
		"another database":      {append(bytes.Clone(open), frame(9, 0, words(1), []byte("SELECT\x00\x00"))...), 12, "no database opened"},
		"parameters":            {append(bytes.Clone(open), frame(9, 0, words(0), []byte("SELECT\x00\x00"), words(0x0501, 0))...), 1, "the sandbox takes no parameters"},
		"a prepared statement":  {append(bytes.Clone(open), frame(4, 0, words(0), []byte("SELECT\x00\x00"))...), 1005, "unrecognized request type"},
		"a change of the group": {frame(14, 0, words(2)), 1005, "unrecognized request type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := dial(t.Context(), m.address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write(append(words(1), c.request...)); err != nil {
				t.Fatal(err)
			}
			header, body := readFrame(t, conn)
			if header[4] == 4 { // the database was opened; the next answer counts
				header, body = readFrame(t, conn)
			}
			text, _, _ := strings.Cut(string(body[8:]), "\x00")
			if code := binary.LittleEndian.Uint64(body); header[4] != 0 || code != c.code || text != c.text {
				t.Errorf("got response %d with %d %q, want a failure with %d %q", header[4], code, text, c.code, c.text)
			}
		})
	}
}

// readFrame reads one response.
func readFrame(t *testing.T, r io.Reader) (header, body []byte) {
	t.Helper()
	header = make([]byte, 8)
	if _, err := io.ReadFull(r, header); err != nil {
		t.Fatal(err)
	}
	body = make([]byte, 8*binary.LittleEndian.Uint32(header))
	if _, err := io.ReadFull(r, body); err != nil {
		t.Fatal(err)
	}
	return header, body
}

func TestMalformedFramesEndTheConnection(t *testing.T) {
	t.Parallel()
	m := newMember(t)
	long := binary.LittleEndian.AppendUint32(nil, 1<<31)
	for name, c := range map[string]struct {
		sent []byte
		want string
	}{
		"another version": {words(0x86104dd760433fe5), "the client speaks version 0x86104dd760433fe5 of the protocol, not 1"},
		"no body":         {append(words(1), frame(0, 0)...), "reading a request of 0 bytes: the length must be from 8 to 67108864"},
		"too long":        {append(words(1), append(long, 0, 0, 0, 0)...), "reading a request of 17179869184 bytes: the length must be from 8 to 67108864"},
		"text without end": {append(words(1), frame(3, 0, []byte("12345678"))...),
			"reading request 3: the request is too short"},
		"no flags": {append(words(1), frame(3, 0, []byte("1234567\x00"))...), "reading request 3: the request is too short"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			here, there := newPipe(t)
			done := make(chan error, 1)
			go func() { done <- wire.Serve(t.Context(), there, m) }()
			if err := here.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = here.Write(c.sent) }() // refused as soon as the other end has seen enough
			if _, err := io.ReadAll(here); err != nil {
				t.Error(err)
			}
			if err := <-done; err == nil || err.Error() != c.want {
				t.Errorf("Serve returned %v, want %s", err, c.want)
			}
		})
	}
}

func TestHalfARequestIsAnError(t *testing.T) {
	t.Parallel()
	here, there := newPipe(t)
	done := make(chan error, 1)
	go func() { done <- wire.Serve(t.Context(), there, newMember(t)) }()
	if _, err := here.Write(append(words(1), frame(0, 0, words(0))[:12]...)); err != nil {
		t.Fatal(err)
	}
	here.Close()
	if err := <-done; err == nil || err.Error() != "reading the body of a request: unexpected EOF" {
		t.Errorf("Serve returned %v, want that the end came too early", err)
	}
}

// recorded is a connection on which the client sent everything and went.
type recorded struct {
	net.Conn
	sent io.Reader
}

func (r recorded) Read(b []byte) (int, error)  { return r.sent.Read(b) }
func (r recorded) Write(b []byte) (int, error) { return len(b), nil }
func (r recorded) Close() error                { return nil }

// FuzzServe feeds whatever the fuzzer thinks of. A member must survive it: no panic, no endless wait.
func FuzzServe(f *testing.F) {
	f.Add(frame(0, 0, words(0)))
	f.Add(open)
	f.Add(append(bytes.Clone(open), frame(9, 0, words(0), []byte("SELECT ?\x00\x00\x00\x00\x00\x00\x00\x00"), words(0x0301), []byte("a\x00\x00\x00\x00\x00\x00\x00"))...))
	f.Add(append(bytes.Clone(open), frame(4, 0, words(0), []byte("SELECT1\x00"))...))
	f.Add(append(frame(16, 0, words(1)), frame(12, 0, words(3), []byte("m4:8443\x00"))...))
	m := newMember(f)
	f.Fuzz(func(t *testing.T, sent []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		// An error is as good as none.
		_ = wire.Serve(ctx, recorded{sent: io.MultiReader(bytes.NewReader(words(1)), bytes.NewReader(sent))}, m)
		if ctx.Err() != nil {
			t.Error("Serve did not end")
		}
	})
}
