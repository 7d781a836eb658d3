package remote

import (
	"context"
	"errors"
	"path"
	"path/filepath"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/drivers/ssh"
	"clusterctl/schema"
)

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
	api := rest.New(rest.Config{Member: m.Name, URL: rest.SocketURL, Dial: rest.SocketDial(client.DialContext, socket)})
	return &link{
		api:  api,
		dial: client,
		files: func(ctx context.Context) (files, error) {
			f, err := client.Files(ctx, path.Dir(socket))
			return files{f.ServerCertificate, f.ServerKey, f.ClusterCertificate}, err
		},
		done: client.Done(),
		close: func() error {
			api.CloseIdleConnections()
			return client.Close()
		},
	}, nil
}

func (m *member) dialSSH(ctx context.Context, way schema.SSH) (*ssh.Client, error) {
	c := m.cluster.config
	return ssh.Dial(ctx, ssh.Config{Member: m.Name, SSH: way, Home: c.Home, ConfigFile: c.SSHConfig,
		AgentSocket: c.AgentSocket,
		Timeout:     c.Timeout})
}

// connectUnix uses the socket of a daemon of this machine.
func (m *member) connectUnix(way schema.Unix) *link {
	api := rest.New(rest.Config{Member: m.Name, URL: rest.SocketURL, Dial: rest.SocketDial(nil, way.Socket)})
	return &link{
		api:   api,
		files: func(context.Context) (files, error) { return m.readFiles(filepath.Dir(way.Socket)) },
		close: func() error {
			api.CloseIdleConnections()
			return nil
		},
	}
}

// readFiles reads the PEM texts of a daemon's folder on this machine.
func (m *member) readFiles(folder string) (f files, err error) {
	read := func(name string) []byte {
		text, readErr := m.cluster.config.ReadFile(filepath.Join(folder, name))
		err = errors.Join(err, readErr)
		return text
	}
	f = files{serverCertificate: read("server.crt"), serverKey: read("server.key"),
		clusterCertificate: read("cluster.crt")}
	if err != nil {
		err = &drivers.Error{Kind: drivers.Denied, Op: "reading the daemon's files in " + folder, Member: m.Name, Err: err}
	}
	return f, err
}
