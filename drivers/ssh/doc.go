// Package ssh reaches a member over SSH: connections to the daemon's unix socket and to TCP ports from the far end,
// and the few commands of a fixed list. It knows nothing of LXD's API.
//
// Host keys are always verified. ~/.ssh/config may say where a host is and which key to use; it cannot weaken the
// verification.
//
// Decisions:
//   - 2026-11-23: x/crypto/ssh instead of the ssh program: direct-streamlocal channels carry HTTP without a helper on
//     the far end, and an error is a value instead of a text on stderr.
//   - 2026-11-23: no command takes a secret: a Command is a name and a checked argument, and RunScript is for drivers.Command,
//     whose only free text is what the operator of a cluster gives for an init system that is not known.
//   - 2026-11-23: one connection per member carries everything. Sessions are limited to 4 at a time, below sshd's
//     MaxSessions of 10; channels to sockets and ports do not count there.
//   - 2026-11-30: what is read is acknowledged at once, on Linux: each connection waited 45 ms for that, see prompt.
package ssh
