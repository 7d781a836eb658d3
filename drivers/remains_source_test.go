//go:build linux

package drivers_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// zpool and zfs know one zpool that is on DISK, and has the datasets DATASETS; none are given where it cannot be
// looked.
const (
	zpool = `#!/bin/sh
case "$1 $2" in "status -LP") printf '\t%s  ONLINE  0  0  0\n' "$DISK" ;; destroy*) echo "$*" >>"$DONE" ;; esac
`
	zfs = `#!/bin/sh
test -n "$DATASETS" || exit 1
printf '%s\n' $DATASETS
`
)

// TestSource looks at what was made of the sources of pools, and removes it where nothing is stored there.
func TestSource(t *testing.T) {
	t.Parallel()
	own := "tank tank/containers tank/custom tank/deleted tank/deleted/custom tank/virtual-machines"
	for name, c := range map[string]struct {
		folders        string
		source         bool
		disk, datasets string
		found          string
	}{
		"folder":       {folders: "containers custom-snapshots images", found: "empty folders of a pool in SOURCE"},
		"used folder":  {folders: "containers/c1"},
		"other folder": {folders: "containers mine"},
		"zpool": {disk: "FOLDER/disks/fast.img", datasets: own,
			found: "the zpool tank on FOLDER/disks/fast.img, without volumes"},
		"zpool on a device": {source: true, disk: "SOURCE", datasets: own, found: "the zpool tank on SOURCE, without volumes"},
		"used zpool":        {disk: "FOLDER/disks/fast.img", datasets: own + " tank/custom/default_data"},
		"snapshot":          {disk: "FOLDER/disks/fast.img", datasets: own + " tank@mine"},
		"another's":         {disk: "FOLDER/disks/other.img", datasets: own},
		"zpool not seen":    {disk: "FOLDER/disks/fast.img"},
	} {
		dir := t.TempDir()
		folder, source, tools := filepath.Join(dir, "d"), filepath.Join(dir, "source"), filepath.Join(dir, "bin")
		for _, f := range append(strings.Fields(c.folders), ".", "../bin", "../d/disks") {
			if err := os.MkdirAll(filepath.Join(source, f), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for tool, text := range map[string]string{"zpool": zpool, "zfs": zfs} {
			if err := os.WriteFile(filepath.Join(tools, tool), []byte(text), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		names := strings.NewReplacer("SOURCE", source, "FOLDER", folder)
		part := schema.Object{Ref: schema.Ref{Kind: schema.KindStoragePool, Name: "fast"}, Members: map[string]schema.Part{
			"node1": {Config: map[string]string{"zfs.pool_name": "tank"}}}}
		if c.disk == "" || c.source {
			part.Members["node1"].Config["source"] = source
		}
		run := func(task drivers.Task) schema.Remains {
			script, err := drivers.Command{Task: task, Folder: folder, Binary: "true",
				Names: []string{part.PartName("node1")}}.Script()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("sh", "-c", script)
			cmd.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"), "DISK="+names.Replace(c.disk),
				"DATASETS="+c.datasets, "DONE="+filepath.Join(dir, "done"))
			out, _ := cmd.Output() // a zpool that is destroyed here stays
			return drivers.ParseRemains(string(out))
		}
		if got, want := strings.Join(run(drivers.TaskRemains).Parts[part.Ref], ", "), names.Replace(c.found); got != want {
			t.Errorf("%s: found %q, want %q", name, got, want)
		}
		run(drivers.TaskClear)
		left, _ := os.ReadDir(source)
		done, _ := os.ReadFile(filepath.Join(dir, "done"))
		if cleared := len(left) == 0 && c.folders != "" || string(done) == "destroy tank\n"; cleared != (c.found != "") {
			t.Errorf("%s: cleared: %t; %v, %q", name, cleared, left, done)
		}
	}
}
