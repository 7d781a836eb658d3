package sshd

import (
	"context"
	"sync"

	"golang.org/x/crypto/ssh"
)

// session serves a channel for commands: it runs the first that the client asks for. There are no terminals,
// shells, environments or signals.
func (s Server) session(ctx context.Context, user string, request ssh.NewChannel) {
	if s.Exec == nil {
		refuse(request, ssh.Prohibited, "commands are not allowed")
		return
	}
	channel, requests, err := request.Accept()
	if err != nil {
		return // the client is gone
	}
	defer channel.Close()
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	started := false
	// The library closes requests when the client closes the channel, which ends the command.
	for r := range requests {
		var command struct{ Line string }
		if r.Type != "exec" || started || ssh.Unmarshal(r.Payload, &command) != nil {
			reply(r, false)
			continue
		}
		started = true
		reply(r, true)
		wg.Go(func() {
			s.run(ctx, channel, Command{User: user, Line: command.Line, Stdin: channel, Stdout: channel,
				Stderr: channel.Stderr()})
		})
	}
}

// run runs a command, tells its exit status and closes the channel.
func (s Server) run(ctx context.Context, channel ssh.Channel, c Command) {
	status := s.Exec(ctx, c)
	// Errors mean that the client is gone and wants no status.
	_ = channel.CloseWrite()
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
	_ = channel.Close()
}

// reply answers a request of a client that waits for an answer.
func reply(r *ssh.Request, ok bool) {
	if r.WantReply {
		_ = r.Reply(ok, nil) // when it fails the connection is gone
	}
}
