package wire

import (
	"context"
	"errors"
	"net"
)

// Serve answers the client at the other end of conn until it goes, breaks the protocol, or ctx ends; then it closes
// conn. It returns nil when the client went between two requests, ctx's error when that ended it, and otherwise
// what the client did wrong. Statements still running are interrupted.
func Serve(ctx context.Context, conn net.Conn, h Handler) error {
	return errors.ErrUnsupported
}
