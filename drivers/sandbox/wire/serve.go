package wire

import (
	"bufio"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// Serve answers the client at the other end of conn until it goes, breaks the protocol, or ctx ends; then it closes
// conn. It returns nil when the client went between two requests, ctx's error when that ended it, and otherwise
// what the client did wrong. Statements still running are interrupted.
func Serve(ctx context.Context, conn net.Conn, h Handler) error {
	// Reading goes on while a request is served: a client that goes interrupts its own statement.
	serving, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(serving, func() { conn.Close() })
	defer stop()
	requests, done := make(chan request), make(chan error, 1)
	go func() {
		done <- receive(serving, conn, requests)
		cancel()
	}()
	s := &session{handler: h, requests: requests, w: bufio.NewWriterSize(conn, 64<<10)}
	err := s.serve(serving)
	cancel()
	received := <-done
	s.close()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !errors.Is(err, context.Canceled):
		return err
	case errors.Is(received, io.EOF) || errors.Is(received, net.ErrClosed):
		return nil
	}
	return received
}

// receive reads the handshake and then requests until the connection ends.
func receive(ctx context.Context, conn net.Conn, requests chan<- request) error {
	var first [word]byte
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		return err
	}
	if v := binary.LittleEndian.Uint64(first[:]); v != version {
		return fmt.Errorf("the client speaks version %#x of the protocol, not %d", v, version)
	}
	r := bufio.NewReader(conn)
	for {
		req, err := readRequest(r)
		if err != nil {
			return err
		}
		select {
		case requests <- req:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// serve answers one request after the other.
func (s *session) serve(ctx context.Context) error {
	for {
		select {
		case req := <-s.requests:
			if err := s.answer(ctx, req); err != nil {
				return err
			}
			if err := s.w.Flush(); err != nil {
				return fmt.Errorf("answering: %w", err)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Role is what a member does for the Raft log; the numbers are the protocol's.
type Role uint64

// The roles.
const (
	Voter Role = iota
	StandBy
	Spare
)

// Node is one entry of the Raft configuration.
type Node struct {
	ID      uint64
	Address string
	Role    Role
}

// Handler is the member behind a connection. Every connection calls it from its own goroutine.
// Each error becomes a failure response: a *[Failure] as it is, anything else as a general SQLite error with its text.
// A call may wait as long as its context lives, which is how a member without quorum behaves.
type Handler interface {
	// Leader returns the leader that this member knows: zero and "" while there is none. In dqlite only voters know
	// one (src/gateway.c, handle_leader).
	Leader(ctx context.Context) (id uint64, address string, err error)
	// CheckLeader is asked before each request that only the leader answers; a member that does not lead
	// returns [NotLeader].
	CheckLeader(ctx context.Context) error
	// Nodes returns the Raft configuration in the order of the configuration.
	Nodes(ctx context.Context) ([]Node, error)
	// Open opens a connection to the named database for this client alone; it is closed when the client goes.
	// The connection takes queries with a context (driver.QueryerContext), as those of memdb do.
	Open(ctx context.Context, name string) (driver.Conn, error)
}

// Failure is an error with the number that dqlite sends along. Numbers are SQLite's result codes, above 1000 dqlite's.
type Failure struct {
	Code uint64
	Text string
}

// Error returns the text that the client shows.
func (f *Failure) Error() string { return f.Text }

// The codes of failures that handlers and this package give.
const (
	CodeError     = 1
	CodeBusy      = 5
	CodeNotFound  = 12
	CodeNotLeader = 10 | 40<<8
	CodeParse     = 1005
)

// NotLeader is the failure of a member that does not lead; go-dqlite's driver then looks for the leader.
func NotLeader() error { return &Failure{Code: CodeNotLeader, Text: "not leader"} }
