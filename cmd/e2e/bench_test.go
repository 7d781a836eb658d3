//go:build e2e && linux

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
)

// BenchmarkForm forms clusters of three, six and ten members by clusterctl over SSH and, beside it in the same run, by
// a serial loop of `lxd init --preseed`, each on fresh daemons, in turns. It prints the medians in seconds and their
// ratio. The number of rounds is that of -benchtime: 5x.
func BenchmarkForm(b *testing.B) {
	for _, members := range []int{3, 6, 10} {
		b.Run(fmt.Sprint(members), func(b *testing.B) {
			var ours, theirs []time.Duration
			for b.Loop() {
				if len(ours)%2 == 0 {
					ours = append(ours, timeFormation(b, members, formByClusterctl))
					theirs = append(theirs, timeFormation(b, members, formByInit))
				} else {
					theirs = append(theirs, timeFormation(b, members, formByInit))
					ours = append(ours, timeFormation(b, members, formByClusterctl))
				}
			}
			b.ReportMetric(0, "ns/op") // the labs' own time is in it
			b.ReportMetric(median(ours).Seconds(), "clusterctl-s")
			b.ReportMetric(median(theirs).Seconds(), "init-loop-s")
			b.ReportMetric(median(ours).Seconds()/median(theirs).Seconds(), "ratio")
		})
	}
}

// hungAfter is when forming six members counts as hung. It takes about ten seconds.
const hungAfter = 2 * time.Minute

// BenchmarkJoins forms clusters of six members, as many as -benchtime says: 20x. It prints how many hung and how many
// failed, and fails if any did.
func BenchmarkJoins(b *testing.B) {
	hung, failed, runs := 0, 0, 0
	for b.Loop() {
		runs++
		l := labtest.Start(b, lab.Config{Members: 6})
		ctx, cancel := context.WithTimeout(b.Context(), hungAfter)
		out, complaint, err := runClusterctl(ctx, "apply", "--auto-approve", writeFile(b, membersBySSH(l)+pool+objects))
		if err == nil {
			err = waitHealthy(ctx, l.Members[0], 6)
		}
		switch {
		case ctx.Err() != nil:
			hung++
		case err != nil:
			failed++
		}
		if err != nil {
			b.Logf("run %d: %v\n%s%s", runs, err, out, complaint)
		}
		cancel()
		if err := l.Stop(); err != nil {
			b.Error(err)
		}
	}
	b.ReportMetric(0, "ns/op") // the labs' own time is in it
	b.ReportMetric(float64(hung), "hung")
	b.ReportMetric(float64(failed), "failed")
	if hung+failed > 0 {
		b.Errorf("%d of %d runs hung, %d failed", hung, runs, failed)
	}
}

// BenchmarkRead times a plan without changes on a real cluster of three with 10 to 5,000 profiles, over SSH and over
// the socket in turns, the process's start included. It prints the medians in seconds, their ratio, and the round trips
// to the database.
func BenchmarkRead(b *testing.B) {
	l := labtest.Start(b, lab.Config{Members: 3})
	for _, profiles := range []int{10, 100, 500, 5000} {
		text := pool + objects + manyProfiles(profiles)
		socket, ssh := writeFile(b, membersBySocket(l)+text), writeFile(b, membersBySSH(l)+text)
		clusterctl(b, "apply", "--auto-approve", socket)
		b.Run(fmt.Sprint(profiles), func(b *testing.B) {
			var overSSH, overSocket []time.Duration
			for b.Loop() {
				overSSH = append(overSSH, timePlan(b, ssh))
				overSocket = append(overSocket, timePlan(b, socket))
			}
			_, log := clusterctl(b, "plan", "--log-level", "debug", ssh)
			b.ReportMetric(0, "ns/op") // the median is less shaken by a busy machine than the mean
			b.ReportMetric(median(overSSH).Seconds(), "ssh-s")
			b.ReportMetric(median(overSocket).Seconds(), "socket-s")
			b.ReportMetric(median(overSSH).Seconds()/median(overSocket).Seconds(), "ratio")
			b.ReportMetric(roundTrips(b, log), "round-trips")
		})
	}
}

func timePlan(b *testing.B, file string) time.Duration {
	b.Helper()
	began := time.Now()
	out, _ := clusterctl(b, "plan", file)
	took := time.Since(began)
	if !strings.Contains(out, "No changes.") {
		b.Fatalf("the plan has changes:\n%s", out)
	}
	return took
}

// BenchmarkCreate creates 500 profiles on a real cluster of three over SSH, and removes them again. It prints the
// median of how many a second there were, planning and checking included.
func BenchmarkCreate(b *testing.B) {
	const profiles = 500
	l := labtest.Start(b, lab.Config{Members: 3})
	text := membersBySSH(l) + pool + objects
	without := writeFile(b, "clusterctl: {prune: [profiles]}\n"+text)
	with := writeFile(b, text+manyProfiles(profiles))
	removing := []string{"apply", "--auto-approve", without}
	for i := range profiles {
		removing = append(removing, fmt.Sprintf("--allow-destroy=profile/p%03d", i))
	}
	var took []time.Duration
	clusterctl(b, "apply", "--auto-approve", without)
	for b.Loop() {
		began := time.Now()
		clusterctl(b, "apply", "--auto-approve", with)
		took = append(took, time.Since(began))
		clusterctl(b, removing...)
	}
	b.ReportMetric(0, "ns/op") // removing them is in it
	b.ReportMetric(profiles/median(took).Seconds(), "profiles/s")
}

// roundTrips finds in a log how often the database was asked.
func roundTrips(b *testing.B, log string) float64 {
	b.Helper()
	for line := range strings.Lines(log) {
		var entry struct {
			Message string
			Trips   float64
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Message == "read the database" {
			return entry.Trips
		}
	}
	b.Fatalf("the log does not say how the database was read:\n%s", log)
	return 0
}

func timeFormation(b *testing.B, members int, form func(*testing.B, *lab.Lab)) time.Duration {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
	defer cancel()
	l, err := lab.Start(ctx, lab.Config{Members: members})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := l.Stop(); err != nil {
			b.Error(err)
		}
	}()
	began := time.Now()
	form(b, l)
	took := time.Since(began)
	if err := waitHealthy(ctx, l.Members[0], members); err != nil {
		b.Fatal(err)
	}
	return took
}

func formByClusterctl(b *testing.B, l *lab.Lab) {
	b.Helper()
	clusterctl(b, "apply", "--auto-approve", writeFile(b, membersBySSH(l)+pool+objects))
}

// formByInit is what people do without clusterctl: one preseed after the other, with a trust password.
func formByInit(b *testing.B, l *lab.Lab) {
	b.Helper()
	labtest.Form(b, l.Members, objects)
}

// clusterctl runs the command, which must succeed, and returns what it writes to standard output and error.
func clusterctl(b *testing.B, args ...string) (stdout, stderr string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
	defer cancel()
	stdout, stderr, err := runClusterctl(ctx, args...)
	if err != nil {
		b.Fatalf("clusterctl %s: %v\n%s%s", strings.Join(args, " "), err, stdout, stderr)
	}
	return stdout, stderr
}

// clusterctlCommand prepares the command that is tested.
func clusterctlCommand(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, filepath.Join(*binFlag, "clusterctl"), args...)
}

func runClusterctl(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	var out, complaint strings.Builder
	cmd := clusterctlCommand(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err = cmd.Run()
	return out.String(), complaint.String(), err
}

// pool and objects are what both ways of forming a cluster create: a pool, a bridge, a profile that uses them. The pool
// is that of labtest.Form.
const (
	pool    = "storage_pools: [{name: local, driver: dir}]"
	objects = `
networks: [{name: br0, type: bridge, config: {ipv4.address: 10.204.0.1/24, ipv6.address: none}}]
profiles:
- name: default
  devices: {root: {type: disk, path: /, pool: local}, eth0: {type: nic, network: br0}}
`
)

func membersBySSH(l *lab.Lab) string {
	var s strings.Builder
	fmt.Fprintf(&s, "members_defaults:\n  connection: {ssh: {user: root, identity_file: %s, known_hosts: %s}}\nmembers:\n",
		l.SSHKey(), l.KnownHosts())
	for _, m := range l.Members {
		fmt.Fprintf(&s, "- {name: node%d, address: \"%s:8443\", connection: {ssh: {socket: %s}}}\n", m.Number, m.Address,
			m.Socket())
	}
	return s.String()
}

func membersBySocket(l *lab.Lab) string {
	s := "members:\n"
	for _, m := range l.Members {
		s += fmt.Sprintf("- {name: node%d, address: \"%s:8443\", connection: \"unix://%s\"}\n", m.Number, m.Address,
			m.Socket())
	}
	return s
}

// manyProfiles is to stand behind objects, whose last key is the list of profiles.
func manyProfiles(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "- name: p%03d\n  config: {limits.cpu: \"%d\", user.note: number %d}\n"+
			"  devices: {root: {type: disk, path: /, pool: local, size: %dGiB}}\n", i, i%8+1, i, i%20+1)
	}
	return s.String()
}

func writeFile(b *testing.B, text string) string {
	b.Helper()
	file := filepath.Join(b.TempDir(), "preseed.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return file
}

func median(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)/2]
}
