package ssh

import (
	"context"
	"errors"

	"golang.org/x/crypto/ssh"

	"clusterctl/drivers"
)

// failure makes a *drivers.Error of any error; one that has a kind already keeps it.
func failure(op, member string, err error) error {
	var known *drivers.Error
	if errors.As(err, &known) {
		return &drivers.Error{Kind: known.Kind, Op: op, Member: member, Err: known.Err}
	}
	kind := drivers.Unreachable
	var negotiation *ssh.AlgorithmNegotiationError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		kind = drivers.Timeout
	case errors.As(err, &negotiation):
		kind = drivers.HostKey
	}
	return &drivers.Error{Kind: kind, Op: op, Member: member, Err: err}
}
