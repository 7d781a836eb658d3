package drivers

import (
	"strings"

	"clusterctl/schema"
)

// Service is how a daemon is stopped, started and brought up to date where it is installed: command lines for a POSIX
// shell. An empty one is not known.
type Service struct {
	// Package is deb, snap, incus, or custom for commands that somebody gave.
	Package string `json:"package"`
	// Binary is the daemon's own command.
	Binary string `json:"binary"`
	Stop   string `json:"stop"`
	Start  string `json:"start"`
	// Restart does not wait until the daemon is ready: one of a newer version is not before all members have it, and
	// Debian's unit waits for that. Its last line is the command itself.
	Restart string `json:"restart"`
	// Upgrade installs the newest version that the package manager has. Prepare goes before it, on the same line.
	Upgrade string `json:"upgrade"`
	Prepare string `json:"prepare"`
	// StopsInstances reports that Stop shuts the instances down, too.
	StopsInstances bool `json:"stops_instances,omitempty"`
	// packages are what the package manager calls it.
	packages []string
}

// aptPrepare keeps the package's scripts from restarting the daemon: Debian's unit would wait ten minutes for a daemon
// that waits for other members.
const aptPrepare = "p=/usr/sbin/policy-rc.d; if ! test -e $p; then printf '#!/bin/sh\\nexit 101\\n' >$p; chmod +x $p; trap 'rm -f '$p EXIT; fi; " +
	"export DEBIAN_FRONTEND=noninteractive; apt-get update -q && "

// aptInstall upgrades packages and what they need.
const aptInstall = "apt-get install -y -q --only-upgrade "

// stop stops a socket and the service behind it, and nothing else. Debian's units for the start and end of all
// instances require the socket: without this mode of the job they are stopped first, and with them every instance (lxd
// 5.0.2-5+deb12u6, lxd-containers.service; incus 6.0.4, incus-startup.service).
func stop(socket, service string) string {
	const only = "systemctl stop --job-mode=ignore-dependencies "
	return only + socket + " && " + only + service
}

// snapReload restarts the daemon alone: to stop the snap's service shuts all instances down, unless snapd refreshes
// it. It needs the number of the running daemon, which comes some seconds after the service starts
// (canonical/lxd-pkg-snap, snapcraft/commands/daemon.stop, daemon.reload and daemon.start of 2024; read, not run).
const snapReload = `i=0; until test "$(cat /proc/$(cat /var/snap/lxd/common/lxd.pid)/comm)" = lxd || test $i -ge 60; do i=$((i+1)); sleep 1; done` +
	"\nsystemctl reload snap.lxd.daemon.service"

// snapRefresh makes all members get the same revision, whenever they ask (snapd's cohorts).
const snapRefresh = "snap refresh lxd --cohort=+"

// UpgradeTo is Upgrade for a version of the package, or a channel of the snap; empty for a package that is not known.
func (s Service) UpgradeTo(version string) string {
	switch s.Package {
	case "snap":
		return snapRefresh + " --channel=" + QuoteShell(version)
	case "deb", "incus":
		words := schema.Map(s.packages, func(name string) string { return QuoteShell(name + "=" + version) })
		return aptInstall + strings.Join(words, " ")
	}
	return ""
}

// ServiceOf returns the commands for a daemon with that folder. ok is false for a folder that no package uses; only the
// binary is known then.
func ServiceOf(folder string) (s Service, ok bool) {
	switch folder {
	case "/var/lib/lxd":
		return Service{Package: "deb", Binary: "lxd", Stop: stop("lxd.socket", "lxd.service"),
			Start: "systemctl start lxd.socket lxd.service", Restart: "systemctl restart --no-block lxd.service",
			Prepare: aptPrepare, Upgrade: aptInstall + "lxd lxd-client", packages: []string{"lxd", "lxd-client"}}, true
	case "/var/snap/lxd/common/lxd":
		return Service{Package: "snap", Binary: "/snap/bin/lxd",
			Stop:    "systemctl stop snap.lxd.daemon.unix.socket snap.lxd.daemon.service",
			Start:   "systemctl start snap.lxd.daemon.unix.socket snap.lxd.daemon.service",
			Restart: snapReload, Upgrade: snapRefresh, StopsInstances: true}, true
	case "/var/lib/incus":
		return Service{Package: "incus", Binary: IncusDaemon, Stop: stop("incus.socket", "incus.service"),
			Start:   "systemctl start incus.socket incus.service",
			Restart: "systemctl restart --no-block incus.service",
			// The package incus brings virtual machines and need not be there; apt leaves out what is not installed.
			Prepare: aptPrepare, Upgrade: aptInstall + "incus incus-base incus-client",
			packages: []string{"incus", "incus-base", "incus-client"}}, true
	}
	return Service{Package: "custom", Binary: "lxd"}, false
}
