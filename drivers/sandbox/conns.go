package sandbox

import (
	"net"
	"sync"
)

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
