//go:build linux

package drivers_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// What is played here answers as zfs 2.1.11 does: one zpool, tank, is on the disks DISK and has the data sets DATASETS,
// all with the mount point MOUNT, of which FULL has a file; none are given where it cannot be looked. Where it is
// EXPORTED it is there only while it is imported, under the name that it is given then.
var zfsTools = map[string]string{
	"zpool": `
name=$(cat "$DONE.name" 2>/dev/null)
case "$1 $2" in
"import -d") test -z "$EXPORTED" || test -n "$name" || printf '   pool: tank\n     id: 123\n  state: ONLINE\n' ;;
import*) test "${*% *}" = "import -N -f -o readonly=on -t -d $DISK 123" && test "$EXPORTED" = yes || exit 1
  echo "${*##* }" >"$DONE.name" ;;
export*) test "$2" = "$name" && rm "$DONE.name" ;;
"status -LP") test -n "$DISK" || exit 0
  test -z "$EXPORTED" || test -n "$name" || exit 0
  printf '  pool: tank\n state: ONLINE\nconfig:\n\n\tNAME  STATE  READ WRITE CKSUM\n\ttank  ONLINE  0  0  0\n'
  for d in $DISK; do printf '\t  %s  ONLINE  0  0  0\n' "$d"; done
  printf '\nerrors: No known data errors\n' ;;
destroy*) echo "$*" >>"$DONE" ;;
esac
`,
	"zfs": `
test -n "$DATASETS" || exit 1
name=$(cat "$DONE.name" 2>/dev/null)
case $* in
*mountpoint*) for z in $DATASETS; do echo "$MOUNT"; done ;;
list*) printf '%s\n' $DATASETS | sed "s,^tank,${name:-tank}," ;;
destroy*) echo "$*" >>"$DONE" ;;
esac
`,
	"unshare": `
test "$1" = -m && shift && exec "$@"
`,
	"mount": `
test "$1 $2 $3 $4 $5" = "-i -t zfs -o ro" || exit 1
test "${6#*/}" != "${FULL#*/}" || touch "$7/mine"
`,
	"umount": "\nrm -f \"$1/mine\"\n",
}

// TestSource looks at what was made of the sources of pools, and removes it where nothing is stored there.
func TestSource(t *testing.T) {
	t.Parallel()
	own := "tank tank/containers tank/custom tank/deleted tank/deleted/custom tank/virtual-machines"
	for name, c := range map[string]sourceCase{
		"folder": {source: "SOURCE", folders: "containers custom-snapshots images",
			found: "empty folders of a pool in SOURCE"},
		"used folder":  {source: "SOURCE", folders: "containers/c1"},
		"other folder": {source: "SOURCE", folders: "containers mine"},
		"zpool": {disk: "FOLDER/disks/fast.img", datasets: own,
			found:     "the file disks/fast.img (0 KiB), the zpool tank on FOLDER/disks/fast.img, without volumes",
			destroyed: "tank"},
		"zpool on a device": {source: "SOURCE", disk: "SOURCE", datasets: own,
			found: "the zpool tank on SOURCE, without volumes", destroyed: "tank"},
		"zpool on a partition": {source: "SOURCE", disk: "SOURCE1", datasets: own,
			found: "the zpool tank on SOURCE, without volumes", destroyed: "tank"},
		"zpool on another device": {source: "SOURCE", disk: "SOURCE11", datasets: own},
		"zpool on two devices":    {source: "SOURCE", disk: "SOURCE /dev/other", datasets: own},
		"zpool of another name":   {source: "SOURCE", disk: "SOURCE", datasets: strings.ReplaceAll(own, "tank", "fast")},
		"used zpool":              {disk: "FOLDER/disks/fast.img", datasets: own + " tank/custom/default_data"},
		"snapshot":                {disk: "FOLDER/disks/fast.img", datasets: own + " tank@mine"},
		"file in a data set":      {disk: "FOLDER/disks/fast.img", datasets: own, full: "tank/custom"},
		"another mount point":     {disk: "FOLDER/disks/fast.img", datasets: own, mount: "/tank"},
		"another's":               {disk: "FOLDER/disks/other.img", datasets: own, found: "the file disks/fast.img (0 KiB)"},
		"zpool not seen":          {disk: "FOLDER/disks/fast.img"},
		"not imported": {disk: "FOLDER/disks/fast.img", datasets: own, exported: "yes",
			found: "the file disks/fast.img (0 KiB)"},
		"not imported, used": {disk: "FOLDER/disks/fast.img", datasets: own + " tank/mine", exported: "yes"},
		"not imported, with a file in it": {disk: "FOLDER/disks/fast.img", datasets: own, exported: "yes",
			full: "tank/custom"},
		"not to be imported": {disk: "FOLDER/disks/fast.img", datasets: own, exported: "broken"},
		"in a zpool": {source: "tank", disk: "/dev/other", datasets: "tank tank/custom tank/images", full: "tank",
			found: "the empty data sets of a pool in tank", destroyed: "tank/images\ntank/custom"},
		"in a data set": {source: "tank/lxd", datasets: "tank/lxd tank/lxd/custom",
			found: "the empty data sets of a pool in tank/lxd", destroyed: "tank/lxd/custom"},
		"nothing in it":            {source: "tank/lxd", datasets: "tank/lxd"},
		"others in it":             {source: "tank", datasets: "tank tank/custom tank/mine"},
		"file in one":              {source: "tank", datasets: "tank tank/custom", full: "tank/custom"},
		"another's mount point":    {source: "tank", datasets: "tank tank/custom", mount: "/tank/custom"},
		"data set that is missing": {source: "tank/lxd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.check(t)
		})
	}
}

// sourceCase is a source of a pool, what it is called for zfs, with the folders or the data sets in it; what is to be
// found there, and what of zfs is to be destroyed. Without a source it is the pool's file.
type sourceCase struct{ source, folders, disk, datasets, mount, full, exported, found, destroyed string }

func (c sourceCase) check(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	folder, source := filepath.Join(dir, "d"), filepath.Join(dir, "source")
	names := strings.NewReplacer("SOURCE", source, "FOLDER", folder)
	c.write(t, dir)
	part := schema.Object{Ref: schema.Ref{Kind: schema.KindStoragePool, Name: "fast"},
		Body: schema.Body{Attrs: map[string]string{"driver": "zfs"}}, Members: map[string]schema.Part{
			"node1": {Config: map[string]string{"zfs.pool_name": "tank", "source": names.Replace(c.source)}}}}
	run := func(task drivers.Task) schema.Remains {
		script, err := drivers.Command{Task: task, Folder: folder, Binary: "true",
			Names: []string{part.PartName("node1")}}.Script()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-c", script)
		cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"),
			"FULL="+c.full, "EXPORTED="+c.exported,
			"DISK="+names.Replace(c.disk), "DATASETS="+c.datasets, "MOUNT="+cmp.Or(c.mount, "legacy"), "DONE="+dir+"/done")
		out, _ := cmd.Output() // what is destroyed here stays
		return drivers.ParseRemains(string(out))
	}
	if got, want := strings.Join(run(drivers.TaskRemains).Parts[part.Ref], ", "), names.Replace(c.found); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	run(drivers.TaskClear)
	done, _ := os.ReadFile(filepath.Join(dir, "done"))
	if got := strings.ReplaceAll(strings.TrimSpace(string(done)), "destroy ", ""); got != c.destroyed {
		t.Errorf("destroyed %q, want %q", got, c.destroyed)
	}
	left, _ := os.ReadDir(source)
	_, gone := os.Stat(filepath.Join(folder, "disks/fast.img"))
	cleared := len(left) == 0 && c.folders != "" || c.source == "" && gone != nil || c.destroyed != ""
	if cleared != (c.found != "") {
		t.Errorf("cleared: %t; %v, %v", cleared, left, gone)
	}
	if _, err := os.Stat(dir + "/done.name"); err == nil {
		t.Error("the zpool stays imported")
	}
}

// write makes the tools, the folders and the file.
func (c sourceCase) write(t *testing.T, dir string) {
	t.Helper()
	for _, f := range append(strings.Fields(c.folders), ".", "../bin", "../d/disks") {
		if err := os.MkdirAll(filepath.Join(dir, "source", f), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	files := map[string]string{}
	for tool, text := range zfsTools {
		files["bin/"+tool] = "#!/bin/sh" + text
	}
	if c.source == "" {
		files["d/disks/fast.img"] = ""
	}
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}
