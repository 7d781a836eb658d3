//go:build linux

// Command run starts a lab, runs one command with the lab's environment and takes the lab down again:
//
//	go run ./drivers/lab/run -members 3 -- bash
//	go run ./drivers/lab/run -members 3 -- go test -tags e2e,nosqlite3 ./drivers/...
//	go run ./drivers/lab/run -sweep        remove what labs of dead processes left; fail if there was any
//
// CLUSTERCTL_LAB is the lab's folder; lab.Environment has the other names. It exits as the command does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"clusterctl/drivers/lab"
)

func main() {
	config := lab.Config{}
	flag.IntVar(&config.Members, "members", 3, "number of daemons")
	flag.IntVar(&config.Links, "links", 1, "number of spare network interfaces per member")
	kind := flag.String("kind", string(lab.LXD), "lxd or incus")
	machines := flag.Bool("machines", false, "machines with an init of their own instead of daemons alone")
	sweep := flag.Bool("sweep", false, "remove what labs of dead processes left; fail if there was any")
	flag.Parse()
	config.Kind = lab.Kind(*kind)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := errors.New("no command given")
	switch {
	case *sweep:
		err = sweepAll(config)
	case flag.NArg() > 0:
		err = run(ctx, config, *machines, flag.Args())
	}
	stop()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() > 0 {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, config lab.Config, machines bool, args []string) error {
	if machines {
		var err error
		if config.Base, err = lab.Base(ctx, config.Kind); err != nil {
			return err
		}
	}
	l, err := lab.Start(ctx, config)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "CLUSTERCTL_LAB="+l.Folder)
	cmd.Env = append(cmd.Env, l.Environment()...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return errors.Join(cmd.Run(), l.Stop())
}

func sweepAll(config lab.Config) error {
	swept, err := lab.Sweep(config)
	if err == nil && len(swept) > 0 {
		err = fmt.Errorf("labs of dead processes were still there, and are removed: %s", strings.Join(swept, ", "))
	}
	return err
}
