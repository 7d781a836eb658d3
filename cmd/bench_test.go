//go:build linux

package cmd_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clusterctl/drivers/sandbox"
)

// BenchmarkPlan plans against five members with many objects, of which the preseed says the same: time and peak
// memory of the whole process, and the round trips to the database, which must not grow.
func BenchmarkPlan(b *testing.B) {
	binary := buildClusterctl(b)
	for _, objects := range []int{100, 1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(objects), func(b *testing.B) {
			world, err := sandbox.Start(b.Context(), sandbox.Config{Members: 5})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				if err := world.Close(); err != nil {
					b.Error(err)
				}
			})
			dir := b.TempDir()
			members, preseed, log := filepath.Join(dir, "members.yaml"), filepath.Join(dir,
				"preseed.yaml"), filepath.Join(dir, "log")
			if err := os.WriteFile(members, []byte(benchMembers()), 0o600); err != nil {
				b.Fatal(err)
			}
			overlay := filepath.Join(dir, "connections.yaml")
			if err := os.WriteFile(overlay, []byte(connections(world)), 0o600); err != nil {
				b.Fatal(err)
			}
			runBinary(b, binary, "apply", "--auto-approve", members, overlay)
			fill(b, world, objects)
			text, _ := runBinary(b, binary, "export", members, overlay)
			if err := os.WriteFile(preseed, []byte(text), 0o600); err != nil {
				b.Fatal(err)
			}
			var peak, cpu float64
			for b.Loop() {
				out, state := runBinary(b, binary, "plan", "--log-level", "debug", "--log-file", log, preseed)
				if !strings.Contains(out, "No changes.") {
					b.Fatalf("the plan has changes:\n%.2000s", out)
				}
				usage, _ := state.SysUsage().(*syscall.Rusage)
				peak = max(peak, float64(usage.Maxrss)/1024)
				cpu += (state.UserTime() + state.SystemTime()).Seconds()
			}
			b.ReportMetric(cpu/float64(b.N), "cpu-s/op")
			b.ReportMetric(cpu/float64(b.N)*1e6/float64(objects), "cpu-µs/object")
			b.ReportMetric(peak, "peak-MB")
			b.ReportMetric(tripsInLog(b, log), "round-trips")
		})
	}
}

// BenchmarkVersion starts the command and ends it.
func BenchmarkVersion(b *testing.B) {
	binary := buildClusterctl(b)
	for b.Loop() {
		runBinary(b, binary, "version")
	}
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/(1<<20), "binary-MB")
}

// buildClusterctl builds the command as it is released.
func buildClusterctl(b *testing.B) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "clusterctl")
	build := exec.Command("go", "build", "-trimpath", "-tags", "nosqlite3", "-o", binary, "clusterctl/cmd/clusterctl")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building: %v\n%s", err, out)
	}
	return binary
}

func runBinary(b *testing.B, binary string, args ...string) (string, *os.ProcessState) {
	b.Helper()
	run := exec.CommandContext(b.Context(), binary, args...)
	var complaint strings.Builder
	run.Stderr = &complaint
	out, err := run.Output()
	if err != nil {
		b.Fatalf("clusterctl %s: %v\n%.2000s%.2000s", strings.Join(args, " "), err, out, complaint.String())
	}
	return string(out), run.ProcessState
}

// connections is a preseed fragment that says how to reach the members of a sandbox.
func connections(world *sandbox.World) string {
	var text strings.Builder
	text.WriteString("members:\n")
	for _, m := range world.Members() {
		fmt.Fprintf(&text, "- name: %q\n  connection: {ssh: {host: %s, port: %d, user: root, identity_file: %q, known_hosts: %q, socket: %s}}\n",
			m.Name, m.SSHHost, m.SSHPort, m.IdentityFile, m.KnownHosts, m.Socket)
	}
	return text.String()
}

func benchMembers() string {
	text := "storage_pools: [{name: local, driver: dir}]\nmembers:\n"
	for i := range 5 {
		text += fmt.Sprintf("- {name: node%d, address: \"10.76.1.%d:8443\"}\n", i+1, 11+i)
	}
	return text
}

// fill puts rows straight into the tables: of 20 objects 8 profiles, 1 project, 1 network, 5 volumes, 5 instances.
func fill(b *testing.B, world *sandbox.World, objects int) {
	b.Helper()
	for _, statement := range []struct {
		text string
		of20 int
	}{
		{"INSERT INTO profiles (name,description,project_id) SELECT 'p'||i,'profile '||i,1 FROM n", 8},
		{"INSERT INTO profiles_config (profile_id,key,value) SELECT id,'limits.cpu','2' FROM profiles WHERE name LIKE 'p%'", 0},
		{"INSERT INTO profiles_devices (profile_id,name,type) SELECT id,'root',2 FROM profiles WHERE name LIKE 'p%'", 0},
		{"INSERT INTO profiles_devices_config (profile_device_id,key,value) SELECT id,'path','/' FROM profiles_devices", 0},
		{"INSERT INTO profiles_devices_config (profile_device_id,key,value) SELECT id,'pool','local' FROM profiles_devices", 0},
		{"INSERT INTO projects (name,description) SELECT 'q'||i,'project '||i FROM n", 1},
		{"INSERT INTO projects_config (project_id,key,value) SELECT id,'user.team','web' FROM projects WHERE name LIKE 'q%'", 0},
		{"INSERT INTO networks (project_id,name,description,state,type) SELECT 1,'w'||i,'',1,0 FROM n", 1},
		{"INSERT INTO networks_nodes (network_id,node_id,state) SELECT w.id,m.id,1 FROM networks w, nodes m", 0},
		{"INSERT INTO networks_config (network_id,key,value) SELECT id,'ipv4.address','none' FROM networks", 0},
		{"INSERT INTO networks_config (network_id,key,value) SELECT id,'ipv6.address','none' FROM networks", 0},
		{"INSERT INTO storage_volumes (name,storage_pool_id,node_id,type,description,project_id,content_type) SELECT 'v'||i,1,i%5+1,2,'',1,0 FROM n", 5},
		{"INSERT INTO instances (node_id,project_id,name,architecture,type,ephemeral,creation_date,stateful,description) SELECT i%5+1,1,'c'||i,2,0,0,'2026-01-01 00:00:00',0,'' FROM n", 5},
		{"INSERT INTO instances_config (instance_id,key,value) SELECT id,'limits.memory','1GiB' FROM instances", 0},
		{"INSERT INTO instances_config (instance_id,key,value) SELECT id,'volatile.base_image','" +
			strings.Repeat("0123456789abcdef", 4) + "' FROM instances", 0},
		{"INSERT INTO instances_profiles (instance_id,profile_id,apply_order) SELECT id,1,1 FROM instances", 0},
	} {
		text := statement.text
		if n := objects * statement.of20 / 20; n > 0 {
			text = fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<%d) %s", n, text)
		}
		body, err := json.Marshal(map[string]string{"database": "global", "query": text})
		if err != nil {
			b.Fatal(err)
		}
		resp, err := world.Client("node1").Post("http://lxd/internal/sql", "application/json",
			strings.NewReader(string(body)))
		if err != nil {
			b.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
			b.Fatalf("%s: %s %v", text, resp.Status, err)
		}
	}
}

// tripsInLog finds in a log how often the database was asked.
func tripsInLog(b *testing.B, log string) float64 {
	b.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var entry struct {
			Message string
			Trips   float64
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Message == "read the database" {
			return entry.Trips
		}
	}
	b.Fatalf("the log does not say how the database was read:\n%.2000s", text)
	return 0
}
