package schema

import "cmp"

// Service says how a daemon is handled on its machine: command lines for sh that find CLUSTERCTL_MEMBER,
// CLUSTERCTL_ADDRESS and LXD_DIR. Restart must not wait until the daemon is ready. An empty one is that of the
// package.
type Service struct {
	Stop    string `yaml:"stop" help:"Stops the daemon."`
	Start   string `yaml:"start" help:"Starts it."`
	Restart string `yaml:"restart" help:"Restarts it, without waiting until it is ready."`
	Upgrade string `yaml:"upgrade" help:"Installs the new version."`
}

// Or returns the commands, those of other in the place of empty ones.
func (s Service) Or(other Service) Service {
	return Service{Stop: cmp.Or(s.Stop, other.Stop), Start: cmp.Or(s.Start, other.Start),
		Restart: cmp.Or(s.Restart, other.Restart),
		Upgrade: cmp.Or(s.Upgrade, other.Upgrade)}
}
