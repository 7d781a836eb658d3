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
