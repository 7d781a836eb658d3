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

// nbctl knows the rows of the file ROWS: a table, a condition, a column and its value each. It notes what is destroyed.
const nbctl = `#!/bin/sh
case $3 in tcp:192.0.2.1:6641) shift 5 ;; *) exit 1 ;; esac
case $1 in --|--if*) echo "$*" >>"$DONE" ;; *) sed -n "s/^$3 $4 ${1#*=} //p" "$ROWS" ;; esac
`

// TestOVN looks for what is left of a network of OVN, which another cluster may have under the same name.
func TestOVN(t *testing.T) {
	t.Parallel()
	ref := schema.Ref{Kind: schema.KindNetwork, Project: "shop", Name: "usual"}
	group := "ha_chassis_group name=lxd-net7 name lxd-net7\n"
	router := group + "logical_router name=lxd-net7-lr name lxd-net7-lr\n"
	gone := "--if-exists destroy ha_chassis_group lxd-net7\n"
	port := router + "port_group name=lxd_net7 name lxd_net7\nlogical_router_port name=lxd-net7-lr-lrp-ext mac 00:16:3e:"
	type remains struct{ rows, found, destroyed string }
	ours := remains{rows: port + "0a:0b:0c\ndhcp_options external_ids:lxd_switch=lxd-net7-ls-int _uuid 77aa\n",
		found: "in OVN: lxd-net7 lxd-net7-lr lxd_net7", destroyed: "-- --if-exists destroy logical_router lxd-net7-lr " +
			"-- --if-exists destroy port_group lxd_net7 -- --if-exists destroy dhcp_options 77aa\n" + gone}
	for name, c := range map[string]remains{
		"nothing":   {},
		"group":     {rows: group, found: "in OVN: lxd-net7", destroyed: gone},
		"used":      {rows: router + "ha_chassis_group name=lxd-net7 ha_chassis 4f1c\n"},
		"ours":      ours,
		"of Incus":  ours,
		"another's": {rows: port + "0a:0b:0d\n"},
	} {
		product := "lxd"
		if name == "of Incus" {
			product = "incus"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			as := strings.NewReplacer("lxd", product)
			dir := ovnFolder(t, as.Replace(c.rows))
			found := strings.Join(runOVN(t, drivers.TaskRemains, dir, product, ":").Parts[ref], ", ")
			if want := as.Replace(c.found); found != want {
				t.Errorf("found %q, want %q", found, want)
			}
			runOVN(t, drivers.TaskClear, dir, product, ":")
			done, _ := os.ReadFile(filepath.Join(dir, "done")) // there is none where nothing was destroyed
			if want := as.Replace(c.destroyed); string(done) != want {
				t.Errorf("destroyed %q, want %q", done, want)
			}
		})
	}
}

// TestOVNSettles has a daemon of Incus still make a network.
func TestOVNSettles(t *testing.T) {
	t.Parallel()
	dir := ovnFolder(t, "ha_chassis_group name=incus-net7 name incus-net7\n")
	for sleep, want := range map[string]int{":": 0, `echo "  show router" >>"$ROWS"`: 1} {
		if got := runOVN(t, drivers.TaskRemains, dir, "incus", sleep).Fresh; len(got) != want {
			t.Errorf("%s: %v is fresh, want %d", sleep, got, want)
		}
	}
}

// ovnFolder is one with the tool and its rows.
func ovnFolder(t *testing.T, rows string) string {
	t.Helper()
	dir := t.TempDir()
	for file, text := range map[string]string{"ovn-nbctl": nbctl, "rows": rows} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runOVN runs a task about a network of that product, with what happens while it sleeps.
func runOVN(t *testing.T, task drivers.Task, dir, product, sleep string) schema.Remains {
	t.Helper()
	script, err := drivers.Command{Task: task, Folder: dir, Binary: "true",
		Names: []string{"network:shop/usual|7|00:16:3e:0a:0b:0c|tcp:192.0.2.1:6641|" + product}}.Script()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", "sleep() { "+sleep+"; }; "+script)
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "ROWS="+filepath.Join(dir, "rows"),
		"DONE="+filepath.Join(dir, "done"))
	out, _ := cmd.Output() // rows that are destroyed here stay
	return drivers.ParseRemains(string(out))
}
