// Package sshd is a small SSH server for loopback: public keys only, forwarding to unix sockets and TCP addresses
// through functions of the caller, and commands that are functions too. It starts no process and opens no socket
// of its own.
package sshd
