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

// nbctl knows the rows of the file ROWS: a table, a name, a column and its value each. It notes what is destroyed.
const nbctl = `#!/bin/sh
case $3 in tcp:192.0.2.1:6641) shift 5 ;; *) exit 1 ;; esac
case $1 in --|--if*) echo "$*" >>"$DONE" ;; *) sed -n "s/^$3 ${4#*=} ${1#*=} //p" "$ROWS" ;; esac
`

// TestOVN looks for what is left of a network of OVN, which another cluster may have under the same name.
func TestOVN(t *testing.T) {
	t.Parallel()
	ref := schema.Ref{Kind: schema.KindNetwork, Project: "shop", Name: "usual"}
	group := "ha_chassis_group lxd-net7 name lxd-net7\n"
	router := group + "logical_router lxd-net7-lr name lxd-net7-lr\n"
	gone := "--if-exists destroy ha_chassis_group lxd-net7\n"
	port := router + "logical_router_port lxd-net7-lr-lrp-ext mac 00:16:3e:"
	for name, c := range map[string]struct{ rows, found, destroyed string }{
		"nothing": {},
		"group":   {rows: group, found: "in OVN: lxd-net7", destroyed: gone},
		"used":    {rows: router + "ha_chassis_group lxd-net7 ha_chassis 4f1c\n"},
		"ours": {rows: port + "0a:0b:0c\ndhcp_options lxd-net7-ls-int _uuid 77aa\n", found: "in OVN: lxd-net7 lxd-net7-lr",
			destroyed: "-- --if-exists destroy logical_router lxd-net7-lr -- --if-exists destroy dhcp_options 77aa\n" + gone},
		"another's": {rows: port + "0a:0b:0d\n"},
	} {
		dir := t.TempDir()
		for file, text := range map[string]string{"ovn-nbctl": nbctl, "rows": c.rows} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		run := func(task drivers.Task) schema.Remains {
			script, err := drivers.Command{Task: task, Folder: dir, Binary: "true",
				Names: []string{"network:shop/usual|7|00:16:3e:0a:0b:0c|tcp:192.0.2.1:6641"}}.Script()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("sh", "-c", "sleep() { :; }; "+script)
			cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "ROWS="+filepath.Join(dir, "rows"),
				"DONE="+filepath.Join(dir, "done"))
			out, _ := cmd.Output() // rows that are destroyed here stay
			return drivers.ParseRemains(string(out))
		}
		if got := strings.Join(run(drivers.TaskRemains).Parts[ref], ", "); got != c.found {
			t.Errorf("%s: found %q, want %q", name, got, c.found)
		}
		run(drivers.TaskClear)
		if done, _ := os.ReadFile(filepath.Join(dir, "done")); string(done) != c.destroyed {
			t.Errorf("%s: destroyed %q, want %q", name, done, c.destroyed)
		}
	}
}
