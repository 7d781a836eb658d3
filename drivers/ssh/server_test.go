package ssh

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	lines "golang.org/x/crypto/ssh/knownhosts"

	"clusterctl/schema"
)

// behaviour is what a test may change of a server.
type behaviour struct {
	key      ssh.Signer
	accepted ssh.PublicKey
	// command answers exec requests with an output and an exit status.
	command func(line string) (string, uint32)
	// reads answers them instead when it is set: with what the command line reads, too.
	reads func(line string, in io.Reader) (string, uint32)
	// refuse is the reason to refuse channels for, zero to open them.
	refuse ssh.RejectionReason
	// beat is called for each sign of life that is asked for, and says whether to give it.
	beat func() bool
}

// server is an SSH server in this process.
type server struct {
	port int

	mutex sync.Mutex
	behaviour
	connections int
	sessions    int // open at the moment
	most        int // of them at a time
	open        []net.Conn
}

func newKey(t *testing.T) (signer ssh.Signer, private ed25519.PrivateKey) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err = ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, private
}

// home is a folder with an identity file and the known hosts of a server.
func home(t *testing.T, s *server) string {
	t.Helper()
	folder := t.TempDir()
	signer, private := newKey(t)
	block, err := ssh.MarshalPrivateKey(private, "test")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, ".ssh", "id_ed25519"), string(pem.EncodeToMemory(block)))
	write(t, filepath.Join(folder, ".ssh", "known_hosts"), knownLine("127.0.0.1", s.port, s.key.PublicKey()))
	s.set(func(b *behaviour) { b.accepted = signer.PublicKey() })
	return folder
}

func knownLine(host string, port int, key ssh.PublicKey) string {
	return lines.Line([]string{fmt.Sprintf("[%s]:%d", host, port)}, key) + "\n"
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func newServer(t *testing.T) *server {
	t.Helper()
	key, _ := newKey(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{behaviour: behaviour{key: key}, port: listener.Addr().(*net.TCPAddr).Port}
	t.Cleanup(func() { _ = listener.Close(); s.drop() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.mutex.Lock()
			s.connections++
			s.open = append(s.open, conn)
			s.mutex.Unlock()
			go s.serve(conn)
		}
	}()
	return s
}

// set changes the server; connections that are there see it.
func (s *server) set(change func(*behaviour)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	change(&s.behaviour)
}

func (s *server) now() behaviour {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.behaviour
}

// counts returns the number of connections so far, and the most sessions at a time.
func (s *server) counts() (connections, sessions int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.connections, s.most
}

// drop breaks all connections.
func (s *server) drop() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, c := range s.open {
		_ = c.Close()
	}
}

func (s *server) config() Config {
	return Config{Member: "m2", SSH: schema.SSH{Host: "127.0.0.1", Port: s.port, User: "ops"}}
}

func (s *server) serve(conn net.Conn) {
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if accepted := s.now().accepted; accepted == nil || !bytes.Equal(key.Marshal(), accepted.Marshal()) {
			return nil, errors.New("unknown key")
		}
		return nil, nil
	}}
	config.AddHostKey(s.now().key)
	secured, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	defer func() { _ = secured.Close() }()
	go func() {
		for r := range requests {
			if beat := s.now().beat; r.WantReply && (beat == nil || beat()) {
				_ = r.Reply(false, nil)
			}
		}
	}()
	for c := range channels {
		go s.channel(c)
	}
}

func (s *server) channel(c ssh.NewChannel) {
	if reason := s.now().refuse; reason != 0 {
		_ = c.Reject(reason, "refused")
		return
	}
	network, address := "", ""
	switch c.ChannelType() {
	case "session":
		s.session(c)
		return
	case "direct-streamlocal@openssh.com":
		var to struct {
			Path, Reserved string
			Port           uint32
		}
		_ = ssh.Unmarshal(c.ExtraData(), &to)
		network, address = "unix", to.Path
	case "direct-tcpip":
		var to struct {
			Host string
			Port uint32
			From string
			At   uint32
		}
		_ = ssh.Unmarshal(c.ExtraData(), &to)
		network, address = "tcp", fmt.Sprintf("%s:%d", to.Host, to.Port)
	}
	conn, err := net.Dial(network, address)
	if err != nil {
		_ = c.Reject(ssh.ConnectionFailed, "open failed")
		return
	}
	channel, requests, err := c.Accept()
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	go func() { _, _ = io.Copy(channel, conn); _ = channel.Close() }()
	_, _ = io.Copy(conn, channel)
	_ = conn.Close()
}

func (s *server) session(c ssh.NewChannel) {
	channel, requests, err := c.Accept()
	if err != nil {
		return
	}
	defer func() { _ = channel.Close() }()
	s.mutex.Lock()
	s.sessions++
	s.most = max(s.most, s.sessions)
	s.mutex.Unlock()
	for r := range requests {
		if r.Type != "exec" {
			_ = r.Reply(false, nil)
			continue
		}
		_ = r.Reply(true, nil)
		var exec struct{ Line string }
		_ = ssh.Unmarshal(r.Payload, &exec)
		now := s.now()
		if now.reads == nil {
			now.reads = func(line string, _ io.Reader) (string, uint32) { return now.command(line) }
		}
		output, status := now.reads(exec.Line, channel)
		s.mutex.Lock()
		s.sessions--
		s.mutex.Unlock()
		stream := io.Writer(channel)
		if status != 0 {
			stream = channel.Stderr()
		}
		_, _ = io.WriteString(stream, output)
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
		return
	}
}

// contains fails the test unless the text has all of the parts.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in: %s", part, text)
		}
	}
}
