package dqlite

import (
	"bufio"
	"context"
	"crypto/tls"
	"database/sql/driver"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"

	dqlitedriver "github.com/canonical/go-dqlite/driver"

	"clusterctl/drivers"
)

const (
	databasePath = "/internal/database"
	// maxAnswer is the largest answer in bytes that is read over HTTP; a raft_nodes table is far below it.
	maxAnswer = 1 << 20
	// maxMessage is the largest message of dqlite in bytes: go-dqlite takes memory for whatever length it is told. Rows
	// come some at a time, so one is as large as its largest row.
	maxMessage = 32 << 20
	// maxRows is how many bytes the rows of a query may take.
	maxRows = 128 << 20
)

// link is one HTTPS connection to a member that can become a dqlite connection.
type link struct {
	net.Conn
	reader  *bufio.Reader
	address string
	// header is what was read of the header of the next message of dqlite, body how much is left of the current one.
	header []byte
	body   int64
}

// Read takes what is buffered first, so that nothing is lost when the connection changes its protocol. It fails at the
// header of a message that is too large: its first four bytes are the length in words of eight.
func (l *link) Read(p []byte) (int, error) {
	n, err := l.reader.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		if l.body > 0 {
			inBody := min(l.body, int64(len(rest)))
			l.body, rest = l.body-inBody, rest[inBody:]
			continue
		}
		l.header, rest = append(l.header, rest[0]), rest[1:]
		if len(l.header) < 8 {
			continue
		}
		l.body, l.header = 8*int64(binary.LittleEndian.Uint32(l.header)), l.header[:0]
		if l.body > maxMessage {
			return 0, fmt.Errorf("it sends a message of more than %d MiB", maxMessage>>20)
		}
	}
	return n, err
}

// connect opens a connection to the address (host:port). The context limits connecting and the handshake only.
func (c Config) connect(ctx context.Context, address string, trips *atomic.Int64) (*link, error) {
	raw, err := c.Dial.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	trips.Add(1)
	secure := tls.Client(&counted{Conn: raw, trips: trips}, c.TLS)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = raw.Close() // the error says more
		return nil, err
	}
	return &link{Conn: secure, reader: bufio.NewReader(secure), address: address}, nil
}

// call sends one HTTP request and returns the answer's body. The connection closes when the context ends meanwhile.
func (l *link) call(ctx context.Context, method, path, body string, want int) ([]byte, error) {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // the error of the read says enough
	defer stop()
	req, err := http.NewRequestWithContext(ctx, method, "https://"+l.address+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if path == databasePath {
		req.Header.Set("X-Dqlite-Version", "1")
	}
	if want == http.StatusSwitchingProtocols {
		req.Header.Set("Upgrade", "dqlite")
	}
	if err := req.Write(l.Conn); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(l.reader, req)
	if err != nil {
		return nil, err
	}
	if want == http.StatusSwitchingProtocols && resp.StatusCode == want {
		return nil, nil // what follows is dqlite's
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, errors.Join(err, resp.Body.Close())
	}
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	if resp.StatusCode != want {
		return nil, refused(resp.StatusCode, strings.TrimSpace(string(text)))
	}
	return text, nil
}

// leader asks the member who leads the database. It fails with kind NoLeader when the member knows of none.
func (l *link) leader(ctx context.Context) (string, error) {
	text, err := l.call(ctx, http.MethodGet, databasePath, "", http.StatusOK)
	if err != nil {
		return "", err
	}
	var answer struct {
		Leader string `json:"leader"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return "", fmt.Errorf("reading who leads: %w", err)
	}
	if answer.Leader == "" {
		return "", &drivers.Error{Kind: drivers.NoLeader}
	}
	return answer.Leader, nil
}

// upgrade makes the connection a dqlite connection.
func (l *link) upgrade(ctx context.Context) error {
	_, err := l.call(ctx, http.MethodPost, databasePath, "", http.StatusSwitchingProtocols)
	return err
}

// counted counts a round trip whenever reading begins after something was written.
type counted struct {
	net.Conn
	trips *atomic.Int64
	wrote atomic.Bool
}

func (c *counted) Write(p []byte) (int, error) {
	c.wrote.Store(true)
	return c.Conn.Write(p)
}

func (c *counted) Read(p []byte) (int, error) {
	if c.wrote.Swap(false) {
		c.trips.Add(1)
	}
	return c.Conn.Read(p)
}

// refused classifies what /internal/database and /internal/sql answer. The texts are plain, not LXD's JSON
// (lxd 5.0.2, lxd/cluster/gateway.go HandlerFuncs).
func refused(status int, text string) *drivers.Error {
	e := &drivers.Error{Kind: drivers.Internal, Err: errors.New(text)}
	if text == "" {
		e.Err = errors.New(http.StatusText(status))
	}
	switch {
	case strings.Contains(text, "no elected leader"), strings.Contains(text, "RAFT cluster is unavailable"):
		e.Kind = drivers.NoLeader
	case status == http.StatusNotFound:
		e.Kind, e.Err = drivers.Unsupported, errors.New("the server has no cluster database: it is not clustered")
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Kind = drivers.Denied
	case status == http.StatusUpgradeRequired:
		e.Kind = drivers.Unsupported
	case status == http.StatusServiceUnavailable:
		e.Kind = drivers.Starting
	}
	return e
}

// classify makes a *drivers.Error of what happened during op at a member. A kind that was chosen below stays.
func classify(ctx context.Context, op, address string, err error) *drivers.Error {
	if address != "" {
		op += " at " + address
	}
	e := &drivers.Error{Kind: kindOf(ctx, err), Op: op, Err: err}
	if inner, ok := errors.AsType[*drivers.Error](err); ok && inner.Op == "" && inner.Err != nil {
		e.Err = inner.Err
	}
	return e
}

func kindOf(ctx context.Context, err error) drivers.Kind {
	var failure dqlitedriver.Error
	switch {
	case drivers.KindOf(err) != "" || ctx.Err() != nil || errors.Is(err, driver.ErrBadConn):
	case errors.Is(err, dqlitedriver.ErrNoAvailableLeader):
		return drivers.NoLeader
	case errors.As(err, &failure):
		return drivers.Internal
	}
	return drivers.TransportKind(ctx, err)
}
