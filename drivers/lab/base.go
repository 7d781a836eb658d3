//go:build linux

package lab

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// baseScript makes the file system that all machines have below their own.
//
//go:embed base.sh
var baseScript string

// Base returns the folder with the file system of machines that run that kind of daemon, for Config.Base. The first
// call on a machine makes it, which takes a minute and needs Debian's package registry; others wait for that. It stays,
// for the next test, in the folder that CLUSTERCTL_LAB_BASE and the kind name or else beside the labs, under a name of
// its own for each version of its recipe.
func Base(ctx context.Context, kind Kind) (string, error) {
	base := os.Getenv("CLUSTERCTL_LAB_BASE")
	if base == "" {
		base = filepath.Join(Config{}.withDefaults().Dir,
			fmt.Sprintf("clusterctl-base-%.4x", sha256.Sum256([]byte(baseScript))))
	}
	base += "-" + string(kind)
	guard, err := os.OpenFile(base+".lock", os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("making the file system of machines: %w", err)
	}
	defer func() { _ = guard.Close() }() // nothing is written through it
	if err := syscall.Flock(int(guard.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("making the file system of machines: %w", err)
	}
	if _, err := os.Stat(base); err == nil {
		return base, nil
	}
	half := base + ".half" // of a process that was killed meanwhile, or of this one
	if err := os.RemoveAll(half); err != nil {
		return "", fmt.Errorf("making the file system of machines: %w", err)
	}
	// What it mounts in there ends with its own mount namespace, however the script ends.
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "sh", "-c", baseScript, "base.sh", half, string(kind))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("making the file system of machines: %w\n%s", err, out)
	}
	return base, os.Rename(half, base)
}
