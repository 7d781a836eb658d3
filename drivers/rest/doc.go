// Package rest speaks the REST API of one LXD or Incus daemon: a thin [Client] over net/http, pinned TLS, the first
// trust of a client certificate, and a reader that fills the same objects as the database reader where the database
// is out of reach.
//
// It decides nothing and waits for nothing but the answer: whoever calls looks after operations, retries and order.
//
// Decisions:
//   - 2026-11-23: our own client instead of canonical/lxd/client. Its raw calls take no context per call, so a daemon
//     that hangs (LXD 5.0.2 does in a failed join) could not be given up on.
//   - 2026-11-23: the daemon's failures are classified here, once, by status and, where LXD answers 500 for
//     everything, by the texts that it is known to use. Above this package kinds are tested, never texts.
//   - 2026-11-23: a daemon quotes what it refuses, secrets included ("cannot set 'core.trust_password' to 'x'"). The
//     client knows which fields of a request are secret by their names and takes their values out of the daemon's text.
//   - 2026-11-23: a certificate is pinned by the SHA-256 of its DER form. Names are not checked: members are reached by
//     addresses that LXD's own certificates do not carry.
package rest
