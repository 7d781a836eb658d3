package ssh

import (
	"context"

	"clusterctl/drivers"
)

// Name names a command. The list is closed.
type Name int

// The commands; the zero value is invalid. Argument is what Command.Argument must be.
const (
	_            Name = iota
	ReadFiles         // prints server.crt, server.key and, when there is one, cluster.crt of the folder Argument
	FindSocket        // prints the usual paths of a daemon's socket that exist, one a line
	ServiceState      // prints the state that systemd knows of the unit Argument: active, inactive, failed, ...
)

// Command is one command to run.
type Command struct {
	Name     Name
	Argument string
}

// Output is what a command printed.
type Output struct {
	Stdout []byte
	Stderr string
	// Exit is the exit status.
	Exit int
}

// Run runs the command there.
func (c *Client) Run(ctx context.Context, command Command) (Output, error) {
	return Output{}, &drivers.Error{Kind: drivers.Unsupported}
}

// Files are the PEM texts that a daemon keeps beside its socket.
type Files struct {
	// ServerCertificate and ServerKey are the member's own identity.
	ServerCertificate, ServerKey []byte
	// ClusterCertificate is empty on a standalone server.
	ClusterCertificate []byte
}

// Files returns the PEM texts of the daemon's folder.
func (c *Client) Files(ctx context.Context, folder string) (Files, error) {
	return Files{}, &drivers.Error{Kind: drivers.Unsupported}
}
