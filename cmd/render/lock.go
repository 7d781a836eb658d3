package render

import (
	"fmt"
	"io"
	"time"

	"clusterctl/apply"
)

// Lock writes who holds the lock of a cluster.
func Lock(w io.Writer, lease apply.Lease, locked bool, now time.Time) {
	switch {
	case !locked:
		fmt.Fprintln(w, "Nobody holds the lock.")
	case now.Before(lease.Expires):
		fmt.Fprintf(w, "Locked by %s (%s ago); good for another %s unless it is renewed.\n", clean(lease.String()),
			now.Sub(lease.Since).Round(time.Second), lease.Expires.Sub(now).Round(time.Second))
	default:
		fmt.Fprintf(w, "The lock of %s has expired %s ago; the next apply takes it.\n", clean(lease.String()), now.Sub(lease.Expires).Round(time.Second))
	}
}

// LockJSON writes the same for programs.
func LockJSON(w io.Writer, lease apply.Lease, locked bool, now time.Time) error {
	out := struct {
		Format int          `json:"format_version"`
		Locked bool         `json:"locked"`
		Lease  *apply.Lease `json:"lease,omitempty"`
	}{Format: 1, Locked: locked && now.Before(lease.Expires)}
	if locked {
		out.Lease = &lease
	}
	return JSON(w, out)
}
