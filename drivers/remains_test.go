//go:build linux

package drivers_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clusterctl/drivers"
)

// TestFresh has a folder that was changed just now, with a daemon and without one.
func TestFresh(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "storage-pools/local"), 0o700); err != nil {
		t.Fatal(err)
	}
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "incusd") // /proc has that name
	if err := os.Symlink(sleep, binary); err != nil {
		t.Fatal(err)
	}
	look := func() int {
		script, err := drivers.Command{Task: drivers.TaskRemains, Folder: folder, Binary: "true",
			Names: []string{"storage_pool:local"}}.Script()
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("sh", "-c", script).Output()
		r := drivers.ParseRemains(string(out))
		if err != nil || len(r.Parts) != 1 {
			t.Fatalf("%v: %q", err, out)
		}
		return len(r.Fresh)
	}
	if got := look(); got != 0 {
		t.Errorf("%d are fresh without a daemon", got)
	}
	daemon := exec.Command(binary, "1000")
	daemon.Env = []string{"INCUS_DIR=" + folder}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Process.Kill(); _ = daemon.Wait() })
	if got := look(); got != 1 {
		t.Errorf("%d are fresh beside a running daemon, want 1", got)
	}
}

// TestWipeKeepsData has a folder with an instance, one with a large loop file, and one with neither.
func TestWipeKeepsData(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"storage-pools/local/containers/c1/x": false, "disks/loop.img": false,
		"storage-pools/local/images/x": true} {
		folder := t.TempDir()
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, make([]byte, 20<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(folder, "database"), 0o700); err != nil {
			t.Fatal(err)
		}
		script, err := drivers.Command{Task: drivers.TaskWipe, Folder: folder, Text: "true"}.Script()
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("sh", "-c", script).CombinedOutput()
		_, gone := os.Stat(filepath.Join(folder, "database"))
		if (err == nil) != want || os.IsNotExist(gone) != want || !want && !strings.Contains(string(out), "there is data: "+folder) {
			t.Errorf("%s: %v, %s", name, err, out)
		}
		remains, err := drivers.Command{Task: drivers.TaskRemains, Folder: folder, Names: []string{"storage_pool:local"}}.Script()
		if err != nil {
			t.Fatal(err)
		}
		seen, err := exec.Command("sh", "-c", remains).Output()
		if err != nil || (len(drivers.ParseRemains(string(seen)).Data) == 0) != want {
			t.Errorf("%s: %v, %q", name, err, seen)
		}
	}
}

// TestUnbootstrapLeavesMembersAlone has a folder whose own database has one member, and one with two.
func TestUnbootstrapLeavesMembersAlone(t *testing.T) {
	t.Parallel()
	for rows, want := range map[string]bool{"| 10.0.0.1:8443 |": true, "| 10.0.0.1:8443 |\n| 10.0.0.2:8443 |": false} {
		folder, tools := t.TempDir(), t.TempDir()
		for name, text := range map[string]string{folder + "/cluster.crt": "", folder + "/server.crt": "",
			tools + "/lxd": "#!/bin/sh\necho '+---+\n|      ADDRESS       |\n" + rows + "'\n"} {
			if err := os.WriteFile(name, []byte(text), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Mkdir(folder+"/database", 0o700); err != nil {
			t.Fatal(err)
		}
		script, err := drivers.Command{Task: drivers.TaskUnbootstrap, Folder: folder, Binary: tools + "/lxd",
			Text: "touch " + folder + "/stopped"}.Script()
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("sh", "-c", script).CombinedOutput()
		left, listErr := filepath.Glob(folder + "/*")
		text, _ := os.ReadFile(folder + "/database/patch.local.sql") // none is an empty one
		changed := strings.Contains(strings.Join(left, " "), "stopped") && !strings.Contains(strings.Join(left, " "), "cluster.crt")
		if (err == nil) != want || listErr != nil || changed != want || (string(text) == "DELETE FROM raft_nodes;\n") != want {
			t.Errorf("%q: %v, %s: %q, %q", rows, err, out, left, text)
		}
	}
}
