//go:build linux

// Command vm runs one command in a virtual machine whose kernel has what the machine's own may lack: thin pools of lvm,
// Open vSwitch, and zfs where -add gives it.
//
//	go run ./drivers/lab/vm -- sh -c 'modprobe dm-thin-pool && dmsetup targets'
//	go run ./drivers/lab/vm -add DIR -- zpool list
//	go test -exec "PATH/OF/vm --" ...
//
// The machine is user-mode Linux of Debian's package user-mode-linux: a kernel that is a process, so no image has to be
// built. It has the computer's files, the environment and the current folder, but what is written there is gone when
// the command ends. Labs go to its own disk. There is no network but its own loopback. It exits as the command does.
// It needs root, since the files are read as root sees them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	m := machine{}
	flag.StringVar(&m.memory, "memory", "3G", "how much memory the machine has")
	flag.Int64Var(&m.disk, "disk", 12, "greatest size of its disk, in GiB")
	flag.StringVar(&m.add, "add", "", "add the files and kernel modules of this `folder`, which zfs.sh makes")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "no command given")
		os.Exit(64)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	status, err := m.run(ctx, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(status)
}

var errStopped = errors.New("the machine stopped before the command had ended")
