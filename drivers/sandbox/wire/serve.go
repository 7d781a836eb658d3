package wire

import (
	"bufio"
	"context"
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
