package drivers_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"clusterctl/drivers"
)

// TestIncusIsAskedByItsDaemon: `incus admin cluster` would ask whether to go on, whatever it is told.
func TestIncusIsAskedByItsDaemon(t *testing.T) {
	t.Parallel()
	service, known := drivers.ServiceOf("/var/lib/incus")
	if !known || service.Binary != drivers.IncusDaemon {
		t.Errorf("got %+v, %t, want the daemon itself", service, known)
	}
	text, err := drivers.Command{Task: drivers.TaskRecover, Binary: service.Binary, Folder: "/var/lib/incus"}.Script()
	if err != nil || !strings.Contains(text, "PATH=$PATH:/usr/libexec/incus") || !strings.HasSuffix(text, "; incusd cluster recover-from-quorum-loss -q") {
		t.Errorf("got %q, %v", text, err)
	}
	text, err = drivers.Command{Task: drivers.TaskRecover, Binary: "lxd", Folder: "/var/lib/lxd"}.Script()
	if err != nil || strings.Contains(text, "PATH=") || !strings.HasSuffix(text, "; lxd cluster recover-from-quorum-loss -q") {
		t.Errorf("got %q, %v", text, err)
	}
}

// TestIncusIsUpgradedWithoutItsMetapackage: the package incus need not be installed, and apt would do nothing then.
func TestIncusIsUpgradedWithoutItsMetapackage(t *testing.T) {
	t.Parallel()
	service, _ := drivers.ServiceOf("/var/lib/incus")
	if !strings.HasSuffix(service.Upgrade, "--only-upgrade incus incus-base incus-client") {
		t.Errorf("got %q", service.Upgrade)
	}
	if text := service.UpgradeTo("1:6.0.4"); !strings.HasSuffix(text, "--only-upgrade incus=1:6.0.4 incus-base=1:6.0.4 incus-client=1:6.0.4") {
		t.Errorf("got %q", text)
	}
}

// TestSnapsDaemonIsReloaded: its service is stopped with all instances, and only a running daemon can be reloaded.
func TestSnapsDaemonIsReloaded(t *testing.T) {
	t.Parallel()
	service, _ := drivers.ServiceOf("/var/snap/lxd/common/lxd")
	if !strings.HasSuffix(service.Restart, "\nsystemctl reload snap.lxd.daemon.service") || !strings.Contains(service.Restart, "lxd.pid") || !service.StopsInstances {
		t.Errorf("got %+v", service)
	}
	if text := service.UpgradeTo("5.21/stable"); text != "snap refresh lxd --cohort=+ --channel=5.21/stable" {
		t.Errorf("got %q", text)
	}
	if deb, _ := drivers.ServiceOf("/var/lib/lxd"); deb.StopsInstances {
		t.Error("Debian's package is said to stop instances")
	}
}

// run runs a command on this machine.
func run(t *testing.T, c drivers.Command) string {
	t.Helper()
	script, err := c.Script()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Stdin = bytes.NewReader(c.Input)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", c.Task, err)
	}
	return string(out)
}

// TestDatabaseIsArchivedAndReplaced: an archive has a checksum beside it, and another member's copy comes in whole.
func TestDatabaseIsArchivedAndReplaced(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("servers run on Linux")
	}
	member := func(name string) string {
		dir := filepath.Join(t.TempDir(), "with a blank")
		if err := os.MkdirAll(filepath.Join(dir, "database", "global"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "database", "global", name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	survivor, other := member("new"), member("old")
	archive := filepath.Join(other, "database-1.tar.gz")
	if out := run(t, drivers.Command{Task: drivers.TaskArchive, Folder: other, File: archive}); !strings.HasSuffix(out, "  database-1.tar.gz\n") {
		t.Errorf("got %q, want a checksum", out)
	}
	check := exec.CommandContext(t.Context(), "sha256sum", "-c", "database-1.tar.gz.sha256")
	check.Dir = other
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	packed := run(t, drivers.Command{Task: drivers.TaskPack, Folder: survivor})
	run(t, drivers.Command{Task: drivers.TaskReplace, Folder: other, Input: []byte(packed)})
	files, err := filepath.Glob(filepath.Join(other, "database", "*", "*"))
	if err != nil || len(files) != 1 || filepath.Base(files[0]) != "new" {
		t.Errorf("got %v, %v, want the other's file alone", files, err)
	}
	fence := drivers.Command{Task: drivers.TaskFence, Folder: survivor, Text: "DELETE FROM t WHERE n IN ('a');"}
	run(t, fence)
	run(t, fence) // as when a recovery is begun again
	if text, err := os.ReadFile(filepath.Join(survivor, "database", "patch.global.sql")); err != nil || string(text) != fence.Text+"\n" {
		t.Errorf("got %q, %v", text, err)
	}
}

// TestFoldersAreFoundByRootAndByOthers runs the command on folders of this machine, as whoever runs the test: those
// with a database, and those that it may not look into.
func TestFoldersAreFoundByRootAndByOthers(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no POSIX shell")
	}
	root := t.TempDir()
	for _, folder := range []string{"lxd/database", "incus/database"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "lxd/database/local.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	script, err := drivers.Command{Task: drivers.TaskFind}.Script()
	if err != nil {
		t.Fatal(err)
	}
	script = strings.ReplaceAll(script, "/var/lib", root)
	want := root + "/lxd\n"
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", script).CombinedOutput(); err != nil ||
		string(out) != want {
		t.Errorf("got %q, error %v, want %q", out, err, want)
	}
	if err := os.Chmod(filepath.Join(root, "incus/database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 { // root may look into all
		want += root + "/incus\n"
	}
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", script).CombinedOutput(); err != nil ||
		string(out) != want {
		t.Errorf("got %q, error %v, want %q", out, err, want)
	}
}
