// Command clusterctl forms and changes a whole LXD or Incus cluster from one preseed.
package main

import (
	"context"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"clusterctl/cmd"
	"clusterctl/drivers"
	"clusterctl/drivers/remote"
)

func main() {
	spareCollections()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Ignore(syscall.SIGPIPE) // a reader of the output that goes away must not end an apply half-way
	os.Exit(int(cmd.Run(cmd.OSStreams(signals), world(), os.Args[1:])))
}

// world is the real one.
func world() cmd.World {
	return cmd.World{Version: version(), Open: open, Approaches: true, LookupHost: net.DefaultResolver.LookupHost,
		Now: time.Now}
}

// open returns the members of a preseed as a cluster; it connects to none yet.
func open(_ context.Context, t cmd.Target) (drivers.Backend, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // without one there are no usual SSH files; a connection that needs them says so
	}
	return remote.Open(remote.Config{Members: t.Members, Bootstrap: t.Bootstrap, Registry: t.Registry,
		Secret: t.Secret, ReadFile: t.ReadFile, Home: home, AgentSocket: os.Getenv("SSH_AUTH_SOCK"),
		AskHidden: t.AskHidden, Parallelism: t.Parallelism, Pins: t.Pins, MaxLists: t.MaxLists}), nil
}

// version is that of the module, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return "devel-" + setting.Value[:min(12, len(setting.Value))]
		}
	}
	return "devel"
}
