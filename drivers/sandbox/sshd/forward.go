package sshd

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"

	"golang.org/x/crypto/ssh"
)

// unixPath reads the target of a direct-streamlocal@openssh.com request (OpenSSH, PROTOCOL, section 2.4).
func unixPath(extra []byte) (string, error) {
	var to struct {
		Path     string
		Reserved string
		Zero     uint32
	}
	err := ssh.Unmarshal(extra, &to)
	return to.Path, err
}

// tcpAddress reads the target of a direct-tcpip request (RFC 4254, section 7.2).
func tcpAddress(extra []byte) (string, error) {
	var to struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}
	err := ssh.Unmarshal(extra, &to)
	return net.JoinHostPort(to.Host, fmt.Sprint(to.Port)), err
}

// forward opens the target that the request names and copies bytes both ways until the target has ended or the
// client has closed the channel.
func forward(ctx context.Context, request ssh.NewChannel,
	dial func(context.Context, string) (net.Conn, error), target func([]byte) (string, error)) {
	if dial == nil {
		refuse(request, ssh.Prohibited, "forwarding is not allowed")
		return
	}
	address, err := target(request.ExtraData())
	if err != nil {
		refuse(request, ssh.ConnectionFailed, "reading the request: "+err.Error())
		return
	}
	conn, err := dial(ctx, address)
	if err != nil {
		refuse(request, ssh.ConnectionFailed, err.Error())
		return
	}
	defer conn.Close()
	channel, requests, err := request.Accept()
	if err != nil {
		return // the client is gone
	}
	defer channel.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		ssh.DiscardRequests(requests) // until the channel is closed
		conn.Close()
	})
	wg.Go(func() {
		// An error means that one side is gone, which the other learns below.
		_, _ = io.Copy(conn, channel)
		closeWrite(conn)
	})
	_, _ = io.Copy(channel, conn)
	_ = channel.CloseWrite()
	_ = channel.Close()
}

// closeWrite tells the other side that no more comes, and still lets it answer; a connection that cannot be
// closed by half is closed.
func closeWrite(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = conn.Close()
}
