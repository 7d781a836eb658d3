package render

import (
	"fmt"
	"io"
	"time"

	"clusterctl/apply"
)

// Lock writes who holds the lock of a cluster.
func Lock(w io.Writer, h apply.Held) {
	lease := h.Lease
	switch {
	case !h.Locked:
		fmt.Fprintln(w, "Nobody holds the lock.")
	case h.Good() > 0:
		fmt.Fprintf(w, "Locked by %s (%s ago); good for another %s unless it is renewed.\n", clean(lease.String()),
			h.At.Sub(lease.Since).Round(time.Second), h.Good().Round(time.Second))
	default:
		fmt.Fprintf(w, "The lock of %s has expired %s ago; the next apply takes it.\n", clean(lease.String()),
			(-h.Good()).Round(time.Second))
	}
}

// LockJSON returns the same for programs.
func LockJSON(h apply.Held) any {
	out := struct {
		Format int          `json:"format_version"`
		Locked bool         `json:"locked"`
		Lease  *apply.Lease `json:"lease,omitempty"`
	}{Format: 1, Locked: h.Locked && h.Good() > 0}
	if h.Locked {
		out.Lease = &h.Lease
	}
	return out
}
