//go:build linux

package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// initScript is the first process in the machine.
//
//go:embed init.sh
var initScript []byte

// kernel is what the package user-mode-linux installs.
const kernel = "linux.uml"

// labs is where the machine has its own disk: daemons open their databases in ways that an overlay does not offer.
const labs = "/run/labs"

// machine is a virtual machine that has not been started.
type machine struct {
	memory string
	disk   int64
	add    string
}

// run starts the machine, runs the command in it, and returns the command's exit status. Nothing is left of the
// machine then.
func (m machine) run(ctx context.Context, command []string) (status int, err error) {
	work, err := os.MkdirTemp("", "clusterctl-vm")
	if err != nil {
		return 0, fmt.Errorf("making the machine's folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if err := m.prepare(ctx, work, command); err != nil {
		return 0, fmt.Errorf("preparing the machine: %w", err)
	}
	if err := m.boot(ctx, work); err != nil {
		return 0, fmt.Errorf("running the machine: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(work, "status"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, errStopped
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// prepare writes the files that the machine finds in the folder which it shares with us, and its disk.
func (m machine) prepare(ctx context.Context, work string, command []string) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	script := "cd " + quote(dir) + "\nexec env -i"
	for _, pair := range append(os.Environ(), "TMPDIR="+labs, "CLUSTERCTL_LAB_DIR="+labs) {
		script += " " + quote(pair)
	}
	for _, word := range command {
		script += " " + quote(word)
	}
	for name, text := range map[string]string{"command": script + "\n", "init": string(initScript)} {
		if err := os.WriteFile(filepath.Join(work, name), []byte(text), 0o700); err != nil {
			return err
		}
	}
	disk := filepath.Join(work, "disk")
	if err := os.WriteFile(disk, nil, 0o600); err != nil {
		return err
	}
	if err := os.Truncate(disk, m.disk<<30); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "mkfs.ext4", "-q", "-E", "nodiscard", disk).CombinedOutput(); err != nil {
		return fmt.Errorf("formatting the disk: %w\n%s", err, out)
	}
	return nil
}

// boot runs the machine until it stops. Its console is the command's output. A machine is many processes, which end as
// a group when it does not stop by itself.
func (m machine) boot(ctx context.Context, work string) error {
	arguments := []string{
		"mem=" + m.memory, "ubd0=" + filepath.Join(work, "disk"), "uml_dir=" + work,
		"root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "init=" + filepath.Join(work, "init"),
		"con=null", "con0=null,fd:1", "loglevel=0", "panic=1", "vm_work=" + work,
	}
	if m.add != "" {
		folder, err := filepath.Abs(m.add)
		if err != nil {
			return err
		}
		arguments = append(arguments, "vm_add="+folder)
	}
	var complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, kernel, arguments...)
	cmd.Env = append(os.Environ(), "TMPDIR="+work)
	cmd.Stdout, cmd.Stderr = os.Stdout, &complaints
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	release, err := stayOnOneProcessor()
	if err != nil {
		return err
	}
	defer release()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w\n%s", err, complaints.Bytes())
	}
	return nil
}

// stayOnOneProcessor keeps what this goroutine starts on one processor, another for each machine while there are some.
// Of all the processes of a machine one runs at a time, and they wake each other at every system call: between two
// processors that takes twice as long (300 commands in 31 s instead of 53, measured on two). The processor is given
// back by release.
func stayOnOneProcessor() (release func(), err error) {
	runtime.LockOSThread() // children have what their thread has
	var allowed, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return nil, fmt.Errorf("looking for processors: %w", err)
	}
	var all []int
	for cpu := 0; len(all) < allowed.Count(); cpu++ {
		if allowed.IsSet(cpu) {
			all = append(all, cpu)
		}
	}
	cpu, release := takeOne(all)
	one.Set(cpu)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		release()
		return nil, fmt.Errorf("staying on one processor: %w", err)
	}
	return release, nil
}

// takeOne returns a processor that no other machine has taken, or any when all are. A name of a socket, which nothing
// is left of when its process ends, tells which are.
func takeOne(all []int) (cpu int, release func()) {
	for _, cpu := range all {
		if l, err := net.Listen("unix", "@clusterctl-vm-"+strconv.Itoa(cpu)); err == nil {
			return cpu, func() { _ = l.Close() } // nobody dials it
		}
	}
	return all[os.Getpid()%len(all)], func() {}
}

// quote makes one word of a shell's.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
