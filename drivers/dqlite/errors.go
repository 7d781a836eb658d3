package dqlite

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"net"
	"net/http"
	"strings"

	dqlitedriver "github.com/canonical/go-dqlite/driver"

	"clusterctl/drivers"
)

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
	var inner *drivers.Error
	if errors.As(err, &inner) && inner.Op == "" && inner.Err != nil {
		e.Err = inner.Err
	}
	return e
}

func kindOf(ctx context.Context, err error) drivers.Kind {
	var verify *tls.CertificateVerificationError
	var wait net.Error
	var failure dqlitedriver.Error
	kind := drivers.KindOf(err)
	switch {
	case kind != 0:
		return kind
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return drivers.Timeout
	case ctx.Err() != nil, errors.Is(err, driver.ErrBadConn):
		return drivers.Unreachable
	case errors.Is(err, dqlitedriver.ErrNoAvailableLeader):
		return drivers.NoLeader
	case errors.As(err, &failure):
		return drivers.Internal
	case errors.As(err, &verify), strings.Contains(err.Error(), "remote error: tls"):
		return drivers.Certificate
	case errors.As(err, &wait) && wait.Timeout():
		return drivers.Timeout
	}
	return drivers.Unreachable
}
