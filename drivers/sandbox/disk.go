package sandbox

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"clusterctl/drivers/internal/raftlog"
	"clusterctl/drivers/sandbox/sshd"
)

// disk are the files of the member's copy of the database, as dqlite has them: a snapshot of all that the cluster knows. How
// far it goes is the member's own.
func (m *member) disk(ctx context.Context) ([]raftlog.File, error) {
	image, err := m.cluster.db.Image(ctx)
	if err != nil {
		return nil, err
	}
	return raftlog.Snapshot(raftlog.Position{Term: 1, Index: uint64(m.segment)}, image), nil
}

// listDisk prints sizes and names.
func (m *member) listDisk(ctx context.Context, c sshd.Command) error {
	files, err := m.disk(ctx)
	for _, f := range files {
		fmt.Fprintln(c.Stdout, f.Size, f.Name)
	}
	return err
}

// readDisk prints the files as an archive, whichever are asked for.
func (m *member) readDisk(ctx context.Context, c sshd.Command) error {
	files, err := m.disk(ctx)
	if err != nil {
		return err
	}
	packed := gzip.NewWriter(c.Stdout)
	out := tar.NewWriter(packed)
	for _, f := range files {
		err = errors.Join(err, out.WriteHeader(&tar.Header{Name: f.Name, Mode: 0o600, Size: f.Size}))
		_, failure := out.Write(f.Data)
		err = errors.Join(err, failure)
	}
	return errors.Join(err, out.Close(), packed.Close())
}

// replaceDisk takes over the survivor's copy: the member goes as far, and knows the same voters.
func (m *member) replaceDisk(ctx context.Context, _ sshd.Command) error {
	for _, n := range m.cluster.raft {
		if other := m.cluster.member(int64(n.ID)); other != nil {
			m.segment = other.segment
		}
	}
	return nil
}

var distrust = regexp.MustCompile(`DELETE FROM certificates WHERE type = 2 AND name IN \([^)]*\);`)

// patchDisk carries out at once what a daemon would when it starts.
func (m *member) patchDisk(ctx context.Context, c sshd.Command) error {
	line := c.Line
	for range 2 { // it is quoted for the shell, in a text that is
		line = strings.ReplaceAll(line, `'\''`, "'")
	}
	statement := distrust.FindString(line)
	if statement == "" {
		return errors.New("no statement is given that pretended servers know")
	}
	return update(ctx, m.cluster.db, func(t *tx) error {
		t.exec(statement)
		return nil
	})
}
