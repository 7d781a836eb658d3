//go:build linux

package offline_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers"
	"clusterctl/drivers/internal/memdb"
	"clusterctl/drivers/internal/raftlog"
	"clusterctl/drivers/offline"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// shell runs commands here, as a member's machine would.
type shell struct{}

func (shell) Run(ctx context.Context, _ string, c drivers.Command) (drivers.Output, error) {
	script, err := c.Script()
	if err != nil {
		return drivers.Output{}, err
	}
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if cmd.ProcessState != nil {
		return drivers.Output{Stdout: string(out), Stderr: stderr.String(), Exit: cmd.ProcessState.ExitCode()}, nil
	}
	return drivers.Output{}, err
}

// database returns the file of a cluster's database after those statements.
func database(t *testing.T, statements ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "db")
	db, err := memdb.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"schema60.sql", "cluster.sql"} {
		text, err := os.ReadFile(filepath.Join("..", "rows", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		statements = append([]string{string(text)}, statements...)
	}
	statements[0], statements[1] = statements[1], statements[0]
	err = db.Update(t.Context(), func(tx *sql.Tx) error {
		for _, s := range statements {
			if _, err := tx.ExecContext(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil { // and nothing is beside the file
		t.Fatal(err)
	}
	image, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// folder writes the files of a member's database and returns the daemon's folder.
func folder(t *testing.T, files ...raftlog.File) string {
	t.Helper()
	dir := t.TempDir()
	global := filepath.Join(dir, "database", "global")
	if err := os.MkdirAll(global, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(global, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, dir string) (offline.Copy, error) {
	t.Helper()
	return offline.Read(t.Context(), shell{}, drivers.Command{Binary: "lxd", Folder: dir, Member: "node1"}, kinds.Registry())
}

func TestCopiesAreReadAndCompared(t *testing.T) {
	t.Parallel()
	const round = "UPDATE nodes SET heartbeat = '2026-11-23 07:40:00.5+00:00'; UPDATE config SET value = '11' WHERE key = 'cluster.offline_threshold'"
	before := raftlog.Frames(3, database(t, round), 4096)
	after := raftlog.Frames(3, database(t, round, "UPDATE nodes SET heartbeat = '2026-11-23 07:40:05.9+00:00'",
		"INSERT INTO profiles (id, name, description, project_id) VALUES (900, 'late', '', 1)", "UPDATE networks SET description = 'changed' WHERE name = 'br0'"), 4096)
	older, err := read(t, folder(t, raftlog.Segment(1, before), raftlog.File{Name: "open-1", Data: make([]byte, 64)}))
	if err != nil || older.Unread != "" {
		t.Fatal(err, older.Unread)
	}
	newer, err := read(t, folder(t, raftlog.Segment(1, before, after)))
	if err != nil || newer.Unread != "" {
		t.Fatal(err, newer.Unread)
	}
	if newer.Term != 3 || newer.Index != 2 || older.Index != 1 || newer.Round != 5500*time.Millisecond {
		t.Errorf("got entries %d/%d and %d/%d, every %s", newer.Term, newer.Index, older.Term, older.Index, newer.Round)
	}
	if got := fmt.Sprint(older.Newest.Format(time.TimeOnly), " ", newer.Newest.Format(time.TimeOnly)); got != "07:40:00 07:40:05" {
		t.Errorf("got the heartbeats %s", got)
	}
	want := offline.Difference{Entries: 1, Exact: true, Compared: true, Only: []schema.Ref{{Kind: schema.KindProfile, Name: "late", Project: "default"}},
		Changed: []schema.Ref{{Kind: schema.KindNetwork, Name: "br0", Project: "default"}, {Kind: schema.KindNetwork, Name: "br0", Project: "web"}}}
	if diff := cmp.Diff(want, newer.Beyond(older)); diff != "" {
		t.Errorf("the difference differs (-want +got):\n%s", diff)
	}
	if got, err := newer.Distrust([]string{"a", "o'b"}); err != nil || got != "DELETE FROM certificates WHERE type = 2 AND name IN ('a', 'o''b');" {
		t.Errorf("got %s", got)
	}
}

// TestLogIsReadWithoutItsRows: the position alone chooses the survivor.
func TestLogIsReadWithoutItsRows(t *testing.T) {
	t.Parallel()
	c, err := read(t, folder(t, raftlog.Segment(7, raftlog.Frames(3, make([]byte, 4096), 4096))))
	if err != nil || c.Term != 3 || c.Index != 7 {
		t.Errorf("got %d, %d, %v", c.Term, c.Index, err)
	}
	if want := "the log begins with entry 7, and nothing is before it"; c.Unread != want {
		t.Errorf("got %s, want %s", c.Unread, want)
	}
	if got, err := c.Distrust([]string{"node2"}); err != nil || got != "" {
		t.Errorf("got %s without knowing the tables", got)
	}
}

func TestWhatIsNoCopy(t *testing.T) {
	t.Parallel()
	for want, dir := range map[string]string{
		"the folder of the database has no log": folder(t, raftlog.File{Name: "db.bin"}),
		"it has no entries":                     folder(t, raftlog.File{Name: "open-1", Data: make([]byte, 64)}),
		"exits with":                            t.TempDir(),
	} {
		if _, err := read(t, dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
