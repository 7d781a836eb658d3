package ssh

import (
	"net"
	"syscall"
)

// prompt is a connection whose end here acknowledges at once what it has read. OpenSSH's server keeps a small packet
// back until the one before is acknowledged, as long as nobody works at a terminal (Nagle's algorithm; 9.2, packet.c
// ssh_packet_set_interactive), and systems wait 40 ms for more to acknowledge: each was waiting for the other (measured
// between the login and the first answer).
type prompt struct {
	net.Conn
	raw syscall.RawConn
}

// promptly makes a TCP connection prompt, where the system has a way to ask for that.
func promptly(conn net.Conn) net.Conn {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return conn // it is slower
	}
	return &prompt{conn, raw}
}

// Read implements net.Conn.
func (p *prompt) Read(data []byte) (int, error) {
	_ = p.raw.Control(acknowledge) // the system forgets it soon; a connection that has ended says so below
	return p.Conn.Read(data)
}
