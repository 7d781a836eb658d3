package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"clusterctl/drivers"
)

// DialFunc opens a connection, like net.Dialer.DialContext.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// SocketURL is the URL of a daemon behind its unix socket; the host in it has no meaning.
const SocketURL = "http://unix.socket"

// Limits in bytes of the answers that are read, which a member may make as long as it likes: of a whole database, of a
// list with its objects (LXD 5.0.2 answers 500 profiles in under 1 MB), of what a server is (small), and of anything
// else.
const (
	maxDatabase = 32 << 20
	maxList     = 32 << 20
	maxAnswer   = 8 << 20
)

// Config says how to reach one daemon.
type Config struct {
	// Member is the name that errors carry.
	Member string
	// Dial opens the connections; nil dials TCP from this machine. See [SocketDial].
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// URL is [SocketURL], or https://host:port.
	URL string
	// TLS is used for https; see [PinnedTLS].
	TLS *tls.Config
	// Turn is shared by clients whose large answers are read one after the other; nil for none.
	Turn Turn
	// UserAgent is sent when not empty. Never "lxd-cluster-notifier": LXD takes such calls for internal ones.
	UserAgent string
}

// Client is the REST API of one daemon. It is safe for use by several goroutines.
type Client struct {
	member, base, agent string
	http                *http.Client
	transport           *http.Transport
	turn                Turn
}

var _ drivers.API = (*Client)(nil)

// SocketDial returns a function that dials the unix socket at that path, whatever address is asked for. A nil dial
// stands for this machine.
func SocketDial(dial DialFunc, path string) DialFunc {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, "unix", path) }
}

// New returns a client. It connects with the first call.
func New(c Config) *Client {
	dial := c.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	}
	t := &http.Transport{
		DialContext:         dial,
		TLSClientConfig:     c.TLS,
		TLSHandshakeTimeout: 10 * time.Second,
		// HTTP/1.1 only: LXD upgrades connections, and one stuck call must not hold up others.
		TLSNextProto:        map[string]func(string, *tls.Conn) http.RoundTripper{},
		MaxConnsPerHost:     16, // calls that wait for operations hold one each
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     30 * time.Second,
		// LXD 5.0.2 waits for the first byte of a connection to its socket before it accepts the next one
		// (lxd/endpoints, StarttlsListener; measured). Go keeps a connection that was dialed and then not needed:
		// it would block every client of that daemon until it times out.
		DisableKeepAlives: c.URL == SocketURL,
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{member: c.Member, base: strings.TrimSuffix(c.URL, "/"), agent: c.UserAgent, transport: t, turn: c.Turn,
		http: &http.Client{Transport: t, CheckRedirect: stay}}
}

// CloseIdleConnections closes the connections that are not in use, such as after the daemon's certificate changed.
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }

// Do implements drivers.API. Names in the path are percent-encoded by the caller.
func (c *Client) Do(ctx context.Context, call drivers.Call) (drivers.Reply, error) {
	op := call.Method + " " + call.Path
	fail := func(kind drivers.Kind, err error) (drivers.Reply, error) {
		return drivers.Reply{}, &drivers.Error{Kind: kind, Op: op, Member: c.member, Err: err}
	}
	if err := call.Allowed(ctx); err != nil {
		return fail(drivers.Invalid, err)
	}
	body, err := encode(call.Body)
	if err != nil {
		return fail(drivers.Invalid, err)
	}
	req, err := c.request(ctx, call, body)
	if err != nil {
		return fail(drivers.Invalid, err)
	}
	connected := false
	resp, err := c.http.Do(req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected = true }})))
	if err != nil {
		return fail(drivers.TransportKind(ctx, err), broken(connected, call, bare(err)))
	}
	defer func() { _ = resp.Body.Close() }() // everything that mattered was read; nothing is lost
	answer, err := c.read(ctx, call, resp.Body)
	if err != nil {
		return fail(answerKind(ctx, resp.StatusCode, err), fmt.Errorf("reading the answer (HTTP %d): %w", resp.StatusCode,
			err))
	}
	if kind, why := refusal(call, resp.StatusCode, answer); kind != "" {
		return fail(kind, errors.New(withoutSecrets(why, body)))
	}
	operation, _, _ := strings.Cut(answer.Operation, "?")
	at, _ := http.ParseTime(resp.Header.Get("Date")) // without one the daemon does not tell
	return drivers.Reply{Status: resp.StatusCode, Metadata: json.RawMessage(answer.Metadata), Operation: operation,
		ETag: resp.Header.Get("ETag"), At: at}, nil
}

// read reads an answer to its end.
func (c *Client) read(ctx context.Context, call drivers.Call, body io.Reader) (envelope, error) {
	stream := &inTurn{Reader: body, ctx: ctx, turn: c.turn, left: small}
	defer stream.end()
	answer, err := decode(stream, limitOf(call))
	if err == nil && call.Query["recursion"] != "" {
		err = drivers.Keep(ctx, len(answer.Metadata))
	}
	return answer, err
}

// refusal is why the daemon did not do what it was asked to; no kind where it did.
func refusal(call drivers.Call, status int, answer envelope) (kind drivers.Kind, why string) {
	waited := strings.HasSuffix(call.Path, "/wait")
	switch {
	case status >= 400:
		return Classify(status, answer.Error), answer.text(status)
	case answer.Type != "error":
		return "", ""
	case waited && answer.Error == waitedLong:
		return drivers.Timeout, "it goes on, or has failed so itself"
	case waited:
		// The call went well, and tells of an operation that did not: LXD 5.21.7 and 6.9 and Incus 6.0.4 answer so. Its
		// code is not the call's: 404 does not mean that nobody knows the operation.
		return drivers.Internal, answer.text(answer.ErrorCode)
	}
	return Classify(answer.ErrorCode, answer.Error), answer.text(answer.ErrorCode)
}

// waitedLong is what Incus says when the time to wait for an operation is over, where LXD says how the operation is
// (incus 6.0.4, measured); one that has failed with these words says the same.
const waitedLong = "context deadline exceeded"

// upload makes the request send what the call opens, as it is read.
func upload(req *http.Request, call drivers.Call) error {
	stream, err := call.Upload()
	if err != nil {
		return err
	}
	req.Body = stream // closed by the transport, whatever happens
	req.Header.Set("Content-Type", "application/octet-stream")
	for name, value := range call.Header {
		req.Header.Set(name, value)
	}
	return nil
}

func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	b, err := json.Marshal(body)
	if err != nil {
		// The error of json.Marshal may quote the value, which may be a secret.
		return nil, fmt.Errorf("encoding the request body of type %T as JSON", body)
	}
	return b, nil
}

func (c *Client) request(ctx context.Context, call drivers.Call, body []byte) (*http.Request, error) {
	if !strings.HasPrefix(call.Path, "/") || strings.ContainsAny(call.Path, "?#") {
		return nil, errors.New("the path of a call begins with / and has no query")
	}
	query := url.Values{}
	for k, v := range call.Query {
		query.Set(k, v)
	}
	address := c.base + call.Path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, address, reader)
	if err != nil {
		return nil, bare(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if call.ETag != "" {
		req.Header.Set("If-Match", call.ETag)
	}
	if c.agent != "" {
		req.Header.Set("User-Agent", c.agent)
	}
	if call.Upload != nil {
		err = upload(req, call)
	}
	return req, err
}
