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
	pool := filepath.Join(folder, "storage-pools/local")
	if err := os.MkdirAll(pool, 0o700); err != nil {
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
		if err := os.Chmod(pool, 0o700); err != nil { // changes it anew, on a machine that is slow, too
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

// TestHalfWrittenCertificatesAreSeen: of a pair of which one is missing the daemon makes a new one.
func TestHalfWrittenCertificatesAreSeen(t *testing.T) {
	t.Parallel()
	const whole = "-----BEGIN X-----\nabc\n-----END X-----\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"no key yet": {map[string]string{"cluster.crt": whole[:20]}, ""},
		"whole":      {map[string]string{"cluster.crt": whole, "cluster.key": whole}, ""},
		"empty key":  {map[string]string{"cluster.crt": whole, "cluster.key": ""}, "cluster.key (0 bytes)"},
		"cut certificate": {map[string]string{"cluster.crt": whole[:30], "cluster.key": whole},
			"cluster.crt (30 bytes)"},
		"both": {map[string]string{"cluster.crt": "", "cluster.key": whole[:33]},
			"cluster.crt (0 bytes) and cluster.key (33 bytes)"},
	} {
		folder, tools := t.TempDir(), t.TempDir()
		files := map[string]string{tools + "/lxd": "#!/bin/sh\necho '| 10.0.0.1:8443 |'\n"}
		for file, text := range c.files {
			files[folder+"/"+file] = text
		}
		for file, text := range files {
			if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Mkdir(folder+"/database", 0o700); err != nil {
			t.Fatal(err)
		}
		run := func(c drivers.Command) (string, error) {
			c.Folder, c.Binary = folder, tools+"/lxd"
			script, err := c.Script()
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("sh", "-c", script).Output()
			return string(out), err
		}
		seen, err := run(drivers.Command{Task: drivers.TaskRemains})
		if r := drivers.ParseRemains(seen); err != nil || r.Torn != c.want || len(r.Joined) != 1 {
			t.Errorf("%s: got %q, %v, %v, want %q", name, r.Torn, r.Joined, err, c.want)
		}
		_, err = run(drivers.Command{Task: drivers.TaskUnbootstrap, Text: ":", Names: []string{drivers.TornFiles}})
		if _, patched := os.Stat(folder + "/database/patch.local.sql"); (err == nil) != (c.want != "") ||
			(patched == nil) != (err == nil) {
			t.Errorf("%s: taken back: %v, %v", name, err, patched)
		}
	}
}
