//go:build e2e

package drivers_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"clusterctl/drivers"
)

// TestFileOfPool looks into files that pools would have, with the real file systems and volume groups: what is empty is
// a leftover, and goes; what somebody has stored there is data, however little, and stays.
func TestFileOfPool(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ format, store string }{
		"btrfs": {"mkfs.btrfs -q $FILE",
			"mkdir $DIR/at; mount -o loop $FILE $DIR/at; echo mine >$DIR/at/mine; umount $DIR/at"},
		"btrfs on a loop device": {"mkfs.btrfs -q $FILE; losetup -f $FILE",
			"mkdir $DIR/at; mount $(losetup -n -O NAME -j $FILE) $DIR/at; echo mine >$DIR/at/mine; umount $DIR/at"},
		"lvm": {"l=$(losetup -f --show $FILE); vgcreate -q $GROUP $l",
			"lvcreate -q --driverloaded n -an -Zn -l 1 -n mine $GROUP"},
		"lvm without a loop device": {"l=$(losetup -f --show $FILE); vgcreate -q $GROUP $l; losetup -d $l",
			"l=$(losetup -f --show $FILE); lvcreate -q --driverloaded n -an -Zn -l 1 -n mine $GROUP; losetup -d $l"},
		"of others": {"true", "mkfs.ext4 -q $FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "disks/fast.img")
			run := func(text string) string {
				t.Helper()
				cmd := exec.Command("sh", "-euc", text)
				cmd.Env = append(os.Environ(), "FILE="+file, "DIR="+dir,
					"GROUP=clusterctl-"+filepath.Base(filepath.Dir(dir)))
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%s: %v\n%s", text, err, out)
				}
				return string(out)
			}
			t.Cleanup(func() {
				run("for l in $(losetup -n -O NAME -j $FILE); do vgremove -q -f $GROUP || true; losetup -d $l; done")
			})
			task := func(task drivers.Task) drivers.Command {
				return drivers.Command{Task: task, Folder: dir, Names: []string{"storage_pool:fast"}}
			}
			script := func(c drivers.Command) string {
				text, err := c.Script()
				if err != nil {
					t.Fatal(err)
				}
				return text
			}
			run("mkdir $DIR/disks; truncate -s 300M $FILE; " + c.format)
			for _, stored := range []bool{false, true} {
				if stored {
					run(c.store)
				}
				r := drivers.ParseRemains(run("set +eu\n" + script(task(drivers.TaskRemains))))
				if found := len(r.Parts) > 0; found == stored || len(r.Data) > 0 != stored {
					t.Errorf("stored %t: found %v, data %v", stored, r.Parts, r.Data)
				}
			}
			run("set +eu\n" + script(task(drivers.TaskClear)))
			if _, err := os.Stat(file); err != nil {
				t.Errorf("with something in it: %v", err)
			}
		})
	}
}
