//go:build linux

package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// slots is how many labs can run at once; the number is the third part of the addresses.
const slots = 254

// Sweep removes what labs of dead processes left, and nothing of a lab whose owner lives. It returns their folders.
func Sweep(c Config) ([]string, error) {
	c = c.withDefaults()
	guard, err := lock(c.Dir, syscall.LOCK_EX)
	if err != nil {
		return nil, fmt.Errorf("sweeping old labs: %w", err)
	}
	defer func() { _ = guard.Close() }() // nothing was written through it
	return sweep(c)
}

// claim takes the first free slot whose addresses nobody else has on this machine. Sweeping and claiming happen under a
// lock of the folder of all labs: a slot without a lock is then certainly nobody's.
func claim(c Config) (*Lab, error) {
	guard, err := lock(c.Dir, syscall.LOCK_EX)
	if err != nil {
		return nil, fmt.Errorf("claiming a slot: %w", err)
	}
	defer func() { _ = guard.Close() }() // nothing was written through it
	if _, err := sweep(c); err != nil {
		return nil, err
	}
	taken, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("claiming a slot: %w", err)
	}
	for slot := 1; slot <= slots; slot++ {
		begins := fmt.Sprintf("%s.%d.", c.Net, slot)
		if slices.ContainsFunc(taken, func(a net.Addr) bool { return strings.HasPrefix(a.String(), begins) }) {
			continue
		}
		folder := slotFolder(c, slot)
		err := os.Mkdir(folder, 0o755)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("claiming a slot: %w", err)
		}
		return own(c, slot)
	}
	return nil, fmt.Errorf("claiming a slot: all %d in %s are taken", slots, c.Dir)
}

// own locks a new slot and notes the process that has it, for people who look.
func own(c Config, slot int) (*Lab, error) {
	folder := slotFolder(c, slot)
	held, err := lock(folder, syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return nil, fmt.Errorf("claiming a slot: %w", err)
	}
	l := newLab(c, slot, held)
	if err := os.WriteFile(filepath.Join(folder, "owner"), fmt.Appendln(nil, os.Getpid()), 0o644); err != nil {
		return nil, errors.Join(fmt.Errorf("claiming a slot: %w", err), l.stop())
	}
	return l, nil
}

func sweep(c Config) (swept []string, err error) {
	for slot := 1; slot <= slots; slot++ {
		held, err := lock(slotFolder(c, slot), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EWOULDBLOCK) {
			continue
		}
		if err != nil {
			return swept, fmt.Errorf("sweeping old labs: %w", err)
		}
		l := newLab(c, slot, held)
		swept = append(swept, l.Folder)
		if err := l.stop(); err != nil {
			return swept, fmt.Errorf("sweeping old labs: %w", err)
		}
	}
	return swept, nil
}

// lock opens and locks a folder; closing it, or the end of the process, unlocks it.
func lock(folder string, how int) (*os.File, error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", folder, err), f.Close())
	}
	return f, nil
}

func slotFolder(c Config, slot int) string {
	return filepath.Join(c.Dir, "clusterctl-"+c.Prefix+strconv.Itoa(slot))
}

func newLab(c Config, slot int, held *os.File) *Lab {
	l := &Lab{Config: c, Folder: slotFolder(c, slot), slot: slot, lock: held}
	for number := 1; number <= c.Members; number++ {
		l.Members = append(l.Members, l.newMember(number))
	}
	return l
}
