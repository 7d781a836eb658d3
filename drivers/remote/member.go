package remote

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/drivers/ssh"
	"clusterctl/schema"
)

// member is one member of the preseed with its connection, which is made when it is first needed and made again
// when it was lost.
type member struct {
	schema.Member
	cluster *Cluster

	mu   sync.Mutex
	held *link

	// oldLink is open while the server's certificate may change, under a lock of its own: see there.
	oldLinkMu sync.Mutex
	oldLink   *oldLink

	// early is the connection that [Cluster.Approach] makes, until somebody takes it.
	early atomic.Pointer[early]

	// shell is the SSH connection for commands, which is there without a daemon, too.
	consoling sync.Mutex
	shell     *ssh.Client
}

var _ drivers.API = (*member)(nil)

// link is a connection to a daemon.
type link struct {
	api *rest.Client
	// dial opens TCP connections from where the daemon is; nil means from this machine.
	dial drivers.Dialer
	// files reads what lies beside the daemon's socket; nil over HTTPS.
	files func(ctx context.Context) (ssh.Files, error)
	// done is closed when the connection has ended; nil when every call connects anew.
	done  <-chan struct{}
	close func() error
}

// Do implements drivers.API.
func (m *member) Do(ctx context.Context, call drivers.Call) (drivers.Reply, error) {
	l, err := m.link(ctx)
	if err != nil {
		return drivers.Reply{}, err
	}
	defer drivers.Waiting(ctx, m.Name, "an answer to "+call.Method+" "+call.Path)()
	if m.Connection.HTTPS != nil {
		return m.doHTTPS(ctx, l.api, call)
	}
	return l.api.Do(ctx, call)
}

// link returns the connection, made if need be. Only one goroutine connects; the others wait for it.
func (m *member) link(ctx context.Context) (*link, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held != nil && !ended(m.held.done) {
		return m.held, nil
	}
	if m.held != nil {
		_ = m.held.close() // it has ended by itself; what was open on it has been told
		m.held = nil
	}
	defer drivers.Waiting(ctx, m.Name, "a connection")()
	ctx, cancel := context.WithTimeout(ctx, m.cluster.config.Timeout)
	defer cancel()
	l, err := m.connect(ctx)
	if err != nil {
		return nil, err
	}
	m.held = l
	return l, nil
}

func (m *member) connect(ctx context.Context) (*link, error) {
	c := m.Connection
	switch {
	case c.SSH != nil:
		return m.connectSSH(ctx, *c.SSH)
	case c.Unix != nil:
		return m.connectUnix(*c.Unix), nil
	case c.HTTPS != nil:
		return m.connectHTTPS(*c.HTTPS)
	}
	return nil, &drivers.Error{Kind: drivers.Invalid, Op: "connecting", Member: m.Name,
		Err: errors.New("it has no connection")}
}

// ended reports whether the channel is closed; a nil channel is not.
func ended(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

func (m *member) close() error {
	m.oldLinkMu.Lock()
	if m.oldLink != nil {
		m.oldLink.close()
		m.oldLink = nil
	}
	m.oldLinkMu.Unlock()
	err := m.closeConsole()
	if e := m.early.Swap(nil); e != nil {
		err = errors.Join(err, e.end())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil {
		return err
	}
	held := m.held
	m.held = nil
	return errors.Join(err, held.close())
}

// connectSSH opens an SSH connection and finds the daemon's socket at its far end.
func (m *member) connectSSH(ctx context.Context, way schema.SSH) (*link, error) {
	client, err := m.dialSSH(ctx, way)
	if err != nil {
		return nil, err
	}
	socket, err := client.Socket(ctx)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	api := rest.New(rest.Config{Member: m.Name, URL: rest.SocketURL, Dial: rest.SocketDial(client.DialContext, socket),
		Turn: m.cluster.turn})
	return &link{
		api:   api,
		dial:  client,
		files: func(ctx context.Context) (ssh.Files, error) { return client.Files(ctx, path.Dir(socket)) },
		done:  client.Done(),
		close: func() error {
			api.CloseIdleConnections()
			return client.Close()
		},
	}, nil
}

func (m *member) sshConfig(way schema.SSH) ssh.Config {
	c := m.cluster.config
	return ssh.Config{Member: m.Name, SSH: way, Home: c.Home, ConfigFile: c.SSHConfig,
		AgentSocket: c.AgentSocket, Timeout: c.Timeout, Ring: &m.cluster.ring}
}

// askPasswords asks for those that sudo wants, and returns for whom it has one now.
func (c *Cluster) askPasswords(ctx context.Context, hosts []host) (got map[*member]bool) {
	got = map[*member]bool{}
	for _, h := range hosts {
		if h.wantsPassword && c.ring.Ask != nil && ctx.Err() == nil {
			err := ssh.AskPassword(ctx, h.member.sshConfig(*h.member.Connection.SSH))
			zerolog.Ctx(ctx).Debug().Str("member", h.member.Name).Err(err).Msg("asked for the password of sudo")
			got[h.member] = err == nil
		}
	}
	return got
}

// unlock asks for what connecting to the members will need: there is no hurry for who types it.
func (c *Cluster) unlock(ctx context.Context) {
	for _, m := range c.members {
		if way := m.Connection.SSH; way != nil && c.ring.Ask != nil && ctx.Err() == nil {
			ssh.Unlock(ctx, m.sshConfig(*way))
		}
	}
}

// connectUnix uses the socket of a daemon of this machine.
func (m *member) connectUnix(way schema.Unix) *link {
	api := rest.New(rest.Config{Member: m.Name, URL: rest.SocketURL, Dial: rest.SocketDial(nil, way.Socket),
		Turn: m.cluster.turn})
	return &link{
		api:   api,
		files: func(context.Context) (ssh.Files, error) { return m.readFiles(filepath.Dir(way.Socket)) },
		close: func() error {
			api.CloseIdleConnections()
			return nil
		},
	}
}

// readFiles reads the PEM texts of a daemon's folder on this machine.
func (m *member) readFiles(folder string) (f ssh.Files, err error) {
	read := func(name string) []byte {
		text, readErr := m.cluster.config.ReadFile(filepath.Join(folder, name))
		if name != "cluster.crt" || !errors.Is(readErr, fs.ErrNotExist) {
			err = errors.Join(err, readErr)
		}
		return text
	}
	f = ssh.Files{ServerCertificate: read("server.crt"), ServerKey: read("server.key"),
		ClusterCertificate: read("cluster.crt")}
	if err != nil {
		err = &drivers.Error{Kind: drivers.Denied, Op: "reading the daemon's files in " + folder, Member: m.Name, Err: err}
	}
	return f, err
}
