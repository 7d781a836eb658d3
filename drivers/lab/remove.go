//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// remove ends and deletes everything of the lab but its lock. It goes by what is there, not by what was started, so
// that it works for a lab of another, dead process.
func (l *Lab) remove() error {
	names, err := l.namespaces()
	if err != nil {
		return err
	}
	if err := killAll(names); err != nil {
		return err
	}
	ctx := context.Background()
	var errs []error
	for _, name := range names {
		errs = append(errs, ip(ctx, "netns del "+name))
	}
	links, err := l.links()
	errs = append(errs, err)
	for _, link := range links {
		// A link can be gone by now, or go meanwhile: the kernel removes it with its namespace. The caller sees what is left.
		if err := ip(ctx, "link del "+link); err != nil && !isGone(err) {
			errs = append(errs, err)
		}
	}
	errs = append(errs, removeCgroups(l.cgroups()))
	mounts, err := l.mounts()
	errs = append(errs, err)
	for _, mount := range slices.Backward(mounts) {
		errs = append(errs, syscall.Unmount(mount, syscall.MNT_DETACH))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("removing the lab in %s: %w", l.Folder, err)
	}
	return os.RemoveAll(l.Folder)
}

// isGone reports that ip was asked about a link that is not there.
func isGone(err error) bool {
	return strings.Contains(err.Error(), "Cannot find device") || strings.Contains(err.Error(), "No such device")
}

// Leftovers lists what there still is of the lab: processes, namespaces, links, cgroups, mounts, loop devices, the
// folder. After Stop it is empty.
func (l *Lab) Leftovers() ([]string, error) {
	names, err := l.namespaces()
	if err != nil {
		return nil, err
	}
	links, err := l.links()
	if err != nil {
		return nil, err
	}
	mounts, err := l.mounts()
	if err != nil {
		return nil, err
	}
	loops, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return nil, err
	}
	var found []string
	add := func(what string, list []string) {
		for _, item := range list {
			found = append(found, what+" "+item)
		}
	}
	add("process", l.processes())
	add("namespace", names)
	add("link", links)
	add("cgroup", l.cgroups())
	add("mount", mounts)
	for _, loop := range loops {
		file, err := os.ReadFile(loop) // one that is detached meanwhile is no leftover
		if err == nil && strings.HasPrefix(string(file), l.Folder+"/") {
			add("loop device", []string{loop})
		}
	}
	if _, err := os.Stat(l.Folder); err == nil {
		add("folder", []string{l.Folder})
	}
	return found, nil
}

// mounts lists mount points below the lab's folder, outer ones first.
func (l *Lab) mounts() ([]string, error) {
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return nil, err
	}
	var points []string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[1], l.Folder+"/") {
			points = append(points, fields[1])
		}
	}
	return points, nil
}

// processes lists the processes whose command line names a file of the lab.
func (l *Lab) processes() []string {
	var found []string
	for _, pid := range pids() {
		line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
		if err == nil && strings.Contains(string(line), l.Folder+"/") && pid != os.Getpid() {
			found = append(found, strconv.Itoa(pid)+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// killAll kills all processes in the namespaces and their descendants, again until none is left.
func killAll(namespaces []string) error {
	deadline := time.Now().Add(stopLimit)
	for {
		found := inside(namespaces)
		if len(found) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("ending processes of namespaces %v: %v are still there after %s", namespaces, found, stopLimit)
		}
		for _, pid := range found {
			_ = syscall.Kill(pid, syscall.SIGKILL) // one that is gone already is what we want
		}
		time.Sleep(20 * time.Millisecond) // the kernel tells nobody but the parent when a process is gone
	}
}

// inside returns the processes in the namespaces with all their descendants, wherever those are.
func inside(namespaces []string) []int {
	var nets []os.FileInfo
	for _, name := range namespaces {
		if net, err := os.Stat("/run/netns/" + name); err == nil {
			nets = append(nets, net)
		}
	}
	var found []int
	children := map[int][]int{}
	for _, pid := range pids() {
		stat, alive := parent(pid)
		if !alive {
			continue
		}
		children[stat] = append(children[stat], pid)
		net, err := os.Stat(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err == nil && slices.ContainsFunc(nets, func(n os.FileInfo) bool { return os.SameFile(n, net) }) {
			found = append(found, pid)
		}
	}
	for i := 0; i < len(found); i++ { // grows while we go
		for _, child := range children[found[i]] {
			if !slices.Contains(found, child) {
				found = append(found, child)
			}
		}
	}
	return found
}

// parent returns the process id of the parent, and false for a process that has ended, waited for or not.
func parent(pid int) (int, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	// The name, in parentheses, can have blanks and parentheses itself; state and parent follow it.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	ppid, err := strconv.Atoi(fields[1])
	return ppid, err == nil && fields[0] != "Z" && fields[0] != "X"
}

func pids() []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var list []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			list = append(list, pid)
		}
	}
	return list
}
