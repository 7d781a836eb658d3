//go:build e2e && linux

package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
	"clusterctl/drivers/offline"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

var (
	historiesFlag = flag.Int("n", 2, "number of crash histories of TestRecoverHistories, and of rounds of TestChaos")
	forFlag       = flag.Duration("for", time.Hour, "how long they begin new ones")
	seedFlag      = flag.Uint64("seed", 1, "what they are drawn from")
)

// voters are the members of the cluster; two of them are left in the end, so that there is something to choose.
const voters = 5

// maxStarts is how often a daemon is started for one history.
const maxStarts = 10

// TestRecoverHistories lets the voters of a real cluster crash one after the other, with writes between and during the
// crashes, leaves the disks of two, and asks recover which of them goes on. Right is the one whose log is longer by dqlite's
// own word, which is asked on a copy of the disk, or whose last entry has the higher term; and it must have every
// acknowledged write that the other one has. Equal logs must be left to the operator. Beside it stands what the number
// says that the daemon's own tool prints, that of the newest closed segment.
func TestRecoverHistories(t *testing.T) {
	h := &histories{Lab: labtest.Start(t, lab.Config{Members: voters}), T: t, rng: rand.New(rand.NewPCG(*seedFlag, 0)),
		acknowledged: map[string]bool{}}
	h.run("apply", "--auto-approve", h.preseed("config: {cluster.max_voters: 5}\n", nil))
	for began := time.Now(); h.number < *historiesFlag && time.Since(began) < *forFlag; {
		h.number++
		h.settle()
		h.crash()
		h.judge()
		h.restart()
	}
	t.Logf("seed %d: %d histories, in %d the copies differed: right survivor %d, wrong %d; equal copies left to the operator: %d; "+
		"newest closed segment of those that differed: right %d, wrong %d, no difference %d",
		*seedFlag, h.number, h.right+h.wrong, h.right, h.wrong, h.equal, h.hint.right, h.hint.wrong, h.hint.none)
	if h.wrong > 0 {
		t.Errorf("the wrong survivor was proposed %d times", h.wrong)
	}
}

type histories struct {
	*lab.Lab
	*testing.T
	rng    *rand.Rand
	number int
	// order is that of the crashes, by the members' places.
	order []int
	// acknowledged are the profiles whose creation was answered with success.
	mu                  sync.Mutex
	acknowledged        map[string]bool
	writes              int
	right, wrong, equal int
	hint                struct{ right, wrong, none int }
}

// preseed writes a file with all members, of which only those in reach can be reached; nil is all.
func (h *histories) preseed(more string, reach map[int]bool) string {
	text := more + pool + "\n" + fmt.Sprintf("members_defaults:\n  connection: {ssh: {user: root, identity_file: %s, "+
		"known_hosts: %s}}\nmembers:\n", h.SSHKey(), h.KnownHosts())
	for _, m := range h.Members {
		port := 22
		if reach != nil && !reach[m.Number] {
			port = 1
		}
		text += fmt.Sprintf("- {name: node%d, address: \"%s:8443\", connection: {ssh: {socket: %s, port: %d}}}\n",
			m.Number, m.Address, m.Socket(), port)
	}
	file := filepath.Join(h.TempDir(), "preseed.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
	return file
}

func (h *histories) run(args ...string) {
	h.Helper()
	if out, complaint, err := runClusterctl(h.Context(), args...); err != nil {
		h.Fatalf("clusterctl %s: %v\n%s%s", strings.Join(args, " "), err, out, complaint)
	}
}

// write creates a profile through a member; whether it is there when that fails, nobody knows.
func (h *histories) write(m *lab.Member, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(h.Context(), limit)
	defer cancel()
	h.mu.Lock()
	h.writes++
	name := fmt.Sprintf("h%d-%d", h.number, h.writes)
	h.mu.Unlock()
	if _, err := m.Client(ctx, "profile", "create", name); err != nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.acknowledged[name] = true
	return true
}

// settle waits until all members vote.
func (h *histories) settle() {
	h.Helper()
	var problem error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
		var list []struct{ Roles []string }
		if problem = clientJSON(h.Context(), h.Members[0], &list, "cluster", "list"); problem != nil {
			continue
		}
		count := 0
		for _, m := range list {
			if slices.Contains(m.Roles, "database") || slices.Contains(m.Roles, "database-leader") {
				count++
			}
		}
		if count == voters {
			return
		}
		problem = fmt.Errorf("%d of %d members vote", count, voters)
	}
	h.Fatalf("history %d: %v", h.number, problem)
}

// crash kills all daemons in an order that is drawn, with writes between and, for some, at the same time.
func (h *histories) crash() {
	order := h.rng.Perm(voters)
	h.order = order
	for i, victim := range order {
		between, busy, by := h.rng.IntN(4), h.rng.IntN(2) == 0, h.rng.IntN(voters)
		alive := order[i:]
		var writers errgroup.Group
		switch {
		case len(alive) > voters/2: // there is a quorum: what fails is tried again, through others
			for range between {
				for try := 0; !h.write(h.Members[alive[(by+try)%len(alive)]], 10*time.Second) && try < 9; try++ {
				}
			}
		case busy: // an entry that nobody agrees to
			h.write(h.Members[alive[by%len(alive)]], time.Second)
		}
		if busy && len(alive) > 1 {
			writers.Go(func() error { h.write(h.Members[alive[1:][by%(len(alive)-1)]], 3*time.Second); return nil })
		}
		if err := h.Members[victim].KillDaemon(); err != nil {
			h.Fatal(err)
		}
		_ = writers.Wait() // they return no error
	}
}

// restart starts all daemons at once, and those again that end, as the packages' units do: LXD ends when the leader is
// lost while it opens the cluster's database ("no available dqlite leader"; lxd 5.0.2, lxd/daemon.go init; measured).
func (h *histories) restart() {
	var group errgroup.Group
	for _, m := range h.Members {
		group.Go(func() error {
			for start := 1; ; start++ {
				err := m.StartDaemon(h.Context())
				if err == nil && start > 1 {
					h.Logf("history %d: member %d was started %d times", h.number, m.Number, start)
				}
				if err == nil || start == maxStarts {
					return err
				}
				if err := m.KillDaemon(); err != nil {
					return err
				}
			}
		})
	}
	if err := group.Wait(); err != nil {
		h.Fatal(err)
	}
}

// left is what one of the two last disks holds.
type left struct {
	number       int
	index, hint  uint64 // by dqlite, by the daemon's tool
	term         uint64 // by our reading
	acknowledged int
}

// judge draws the two disks that are left, one of them of a voter that crashed while there was a quorum, and holds the choice
// against them.
func (h *histories) judge() {
	early := h.rng.IntN(voters/2 + 1)
	late := early + 1 + h.rng.IntN(voters-1-early)
	a, b := h.look(h.order[early]+1), h.look(h.order[late]+1)
	if h.rng.IntN(2) == 0 {
		a, b = b, a
	}
	chosen := h.choose(a, b)
	newer, older := a, b
	if b.term > a.term || b.term == a.term && b.index > a.index {
		newer, older = b, a
	}
	verdict := "right"
	switch {
	case newer.term == older.term && newer.index == older.index:
		if verdict = "equal"; chosen != 0 {
			verdict = "wrong"
		}
	case chosen != newer.number || newer.acknowledged < older.acknowledged:
		verdict = "wrong"
	}
	hinted := "no difference"
	switch {
	case verdict == "equal":
		h.equal++
	case newer.hint == older.hint:
		h.hint.none++
	case newer.hint > older.hint:
		hinted = "right"
		h.hint.right++
	default:
		hinted = "wrong"
		h.hint.wrong++
	}
	switch verdict {
	case "right":
		h.right++
	case "wrong":
		h.wrong++
	}
	h.Logf("history %d: node%d has entry %d of term %d and %d writes, node%d entry %d of term %d and %d; chosen node%d: %s; "+
		"by closed segments (%d, %d): %s", h.number, newer.number, newer.index, newer.term, newer.acknowledged, older.number,
		older.index, older.term, older.acknowledged, chosen, verdict, newer.hint, older.hint, hinted)
}

var segmentLine = regexp.MustCompile(`# Latest dqlite segment ID: (\d+)`)

// look reads a disk: the closed segment by the daemon's tool, the length of the log by dqlite on a copy, and the writes.
func (h *histories) look(number int) left {
	h.Helper()
	m := h.Members[number-1]
	l := left{number: number}
	shown, err := m.Admin(h.Context(), "cluster", "show").Output()
	if err != nil {
		h.Fatal(err)
	}
	if found := segmentLine.FindSubmatch(shown); found != nil {
		l.hint, _ = strconv.ParseUint(string(found[1]), 10, 64) // digits
	}
	command := drivers.Command{Folder: m.StateDir, Member: fmt.Sprint("node", number)}
	disk, err := offline.Read(h.Context(), here{}, command, kinds.Registry())
	if err != nil || disk.Unread != "" {
		h.Fatalf("node%d: %v %s", number, err, disk.Unread)
	}
	l.term, l.index = disk.Term, h.byDqlite(m)
	if l.index != disk.Index {
		h.Errorf("node%d: its last entry is %d, by dqlite %d", number, disk.Index, l.index)
	}
	for _, o := range disk.Cluster.OfKind(schema.KindProfile) {
		if h.acknowledged[o.Ref.Name] {
			l.acknowledged++
		}
	}
	return l
}

// byDqlite has dqlite recover a copy of the disk: it adds one entry in a segment of its own, whose name has the index.
func (h *histories) byDqlite(m *lab.Member) uint64 {
	h.Helper()
	dir := h.TempDir()
	duplicate := exec.CommandContext(h.Context(), "cp", "-a", filepath.Join(m.StateDir, "database"), dir)
	if out, err := duplicate.CombinedOutput(); err != nil {
		h.Fatalf("%v: %s", err, out)
	}
	recovery := exec.CommandContext(h.Context(), "lxd", "cluster", "recover-from-quorum-loss", "-q")
	recovery.Env = append(os.Environ(), "LXD_DIR="+dir)
	if out, err := recovery.CombinedOutput(); err != nil {
		h.Fatalf("%v: %s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "database", "global", "0*-*"))
	if err != nil || len(files) == 0 {
		h.Fatalf("dqlite wrote no segment: %v", err)
	}
	first, _, _ := strings.Cut(filepath.Base(files[len(files)-1]), "-")
	index, err := strconv.ParseUint(first, 10, 64)
	if err != nil {
		h.Fatal(err)
	}
	return index - 1
}

// choose asks recover, which is not allowed to go on, and returns the survivor's number, 0 when it has no default.
func (h *histories) choose(a, b left) int {
	h.Helper()
	file := h.preseed("", map[int]bool{a.number: true, b.number: true})
	out, complaint, _ := runClusterctl(h.Context(), "recover", "--format", "json", "--stop-command", "false",
		"--start-command", "false", file) // it may not go on
	var line struct {
		Plan struct{ Steps []struct{ ID string } }
	}
	if err := json.Unmarshal([]byte(strings.SplitN(out, "\n", 2)[0]), &line); err != nil {
		h.Fatalf("%v\n%s%s", err, out, complaint)
	}
	if strings.Contains(out, "cannot choose the survivor") {
		return 0
	}
	for _, s := range line.Plan.Steps {
		if name, ok := strings.CutPrefix(s.ID, "recover:node"); ok {
			number, _ := strconv.Atoi(name) // our own names
			return number
		}
	}
	h.Fatalf("history %d: no survivor in\n%s%s", h.number, out, complaint)
	return 0
}

// here runs the commands that read a disk on this machine.
type here struct{}

func (here) Run(ctx context.Context, _ string, c drivers.Command) (drivers.Output, error) {
	script, err := c.Script()
	if err != nil {
		return drivers.Output{}, err
	}
	out, err := exec.CommandContext(ctx, "sh", "-c", script).Output()
	return drivers.Output{Stdout: string(out)}, err
}
