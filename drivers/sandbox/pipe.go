package sandbox

import (
	"context"
	"net"
	"sync"
)

// pipeListener is a listener inside the process.
type pipeListener struct {
	path  string
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeListener(path string) *pipeListener {
	return &pipeListener{path: path, conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr implements net.Listener.
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }

// connections are the open connections of a daemon, so that they can break when it dies.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]bool
}

// track keeps the connection until it is closed.
func (c *connections) track(conn net.Conn) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[net.Conn]bool{}
	}
	tracked := &trackedConn{Conn: conn, all: c}
	c.open[tracked] = true
	return tracked
}

func (c *connections) closeAll() {
	c.mu.Lock()
	open := c.open
	c.open = nil
	c.mu.Unlock()
	for conn := range open {
		_ = conn.(*trackedConn).Conn.Close() // the daemon is dead
	}
}

type trackedConn struct {
	net.Conn
	all *connections
}

// Close implements net.Conn.
func (t *trackedConn) Close() error {
	t.all.mu.Lock()
	delete(t.all.open, t)
	t.all.mu.Unlock()
	return t.Conn.Close()
}
