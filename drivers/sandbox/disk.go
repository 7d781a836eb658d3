package sandbox

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"clusterctl/drivers/internal/raftlog"
	"clusterctl/drivers/sandbox/sshd"
	"clusterctl/drivers/sandbox/wire"
	"clusterctl/schema"
)

// disk are the files of the member's copy of the database, as dqlite has them: a snapshot of all that the cluster
// knows. How far it goes is the member's own.
func (m *member) disk(ctx context.Context) ([]raftlog.File, error) {
	image, err := m.cluster.db.Image(ctx)
	if err != nil {
		return nil, err
	}
	voters := schema.Map(m.cluster.raft, func(n wire.Node) raftlog.Server {
		return raftlog.Server{ID: n.ID, Address: n.Address}
	})
	return raftlog.Snapshot(raftlog.Position{Term: 1, Index: uint64(m.Segment)}, image, voters...), nil
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
	return m.packDisk(ctx, c.Stdout)
}

func (m *member) packDisk(ctx context.Context, w io.Writer) error {
	files, err := m.disk(ctx)
	if err != nil {
		return err
	}
	packed := gzip.NewWriter(w)
	out := tar.NewWriter(packed)
	for _, f := range files {
		err = errors.Join(err, out.WriteHeader(&tar.Header{Name: f.Name, Mode: 0o600, Size: f.Size}))
		_, failure := out.Write(f.Data)
		err = errors.Join(err, failure)
	}
	return errors.Join(err, out.Close(), packed.Close())
}

var archiveName = regexp.MustCompile(`[^ ']+\.tar\.gz`)

// archive writes them to a file of the name that the command gives, in the member's folder, with its checksum beside
// it.
func (m *member) archive(ctx context.Context, c sshd.Command) error {
	var data bytes.Buffer
	if err := m.packDisk(ctx, &data); err != nil {
		return err
	}
	name := filepath.Base(archiveName.FindString(c.Line))
	sum := fmt.Sprintf("%x  %s\n", sha256.Sum256(data.Bytes()), name)
	fmt.Fprint(c.Stdout, sum)
	return errors.Join(os.WriteFile(filepath.Join(m.dir, name), data.Bytes(), 0o600),
		os.WriteFile(filepath.Join(m.dir, name+".sha256"), []byte(sum), 0o600))
}

// replaceDisk takes over the survivor's copy: the member goes as far, and knows the same voters.
func (m *member) replaceDisk(ctx context.Context, _ sshd.Command) error {
	for _, n := range m.cluster.raft {
		if other := m.cluster.member(int64(n.ID)); other != nil {
			m.Segment = other.Segment
		}
	}
	return nil
}

// patched finds the SQL in the command of [drivers.TaskFence].
var patched = regexp.MustCompile(`(?s)printf '%s\\n' '(.*?)' \| cmp `)

// patchDisk carries out at once what a daemon would when it starts.
func (m *member) patchDisk(ctx context.Context, c sshd.Command) error {
	line := c.Line
	for range 2 { // it is quoted for the shell, in a text that is
		line = strings.ReplaceAll(line, `'\''`, "'")
	}
	sql := patched.FindStringSubmatch(line)
	if sql == nil {
		return errors.New("no SQL is given")
	}
	return m.cluster.db.exec(ctx, sql[1])
}

var _ wire.Handler = database{}
