package render

import (
	"fmt"
	"io"
	"time"

	"clusterctl/apply"
	"clusterctl/cmd/session"
)

// Lock writes who holds the lock of a cluster.
func Lock(w io.Writer, h session.Held, now time.Time) {
	lease := h.Lease
	switch {
	case !h.Locked:
		fmt.Fprintln(w, "Nobody holds the lock.")
	case now.Before(lease.Expires):
		fmt.Fprintf(w, "Locked by %s (%s ago); good for another %s unless it is renewed.\n", clean(lease.String()),
			now.Sub(lease.Since).Round(time.Second), lease.Expires.Sub(now).Round(time.Second))
	default:
		fmt.Fprintf(w, "The lock of %s has expired %s ago; the next apply takes it.\n", clean(lease.String()), now.Sub(lease.Expires).Round(time.Second))
	}
}

// LockJSON returns the same for programs.
func LockJSON(h session.Held, now time.Time) any {
	out := struct {
		Format int          `json:"format_version"`
		Locked bool         `json:"locked"`
		Lease  *apply.Lease `json:"lease,omitempty"`
	}{Format: 1, Locked: h.Locked && now.Before(h.Lease.Expires)}
	if h.Locked {
		out.Lease = &h.Lease
	}
	return out
}
