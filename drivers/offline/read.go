package offline

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"clusterctl/drivers"
	"clusterctl/drivers/internal/memdb"
	"clusterctl/drivers/internal/raftlog"
	"clusterctl/drivers/rows"
	"clusterctl/schema"
)

// Copy is what one member has on its disk.
type Copy struct {
	// Term and Index are those of the last entry of the log; the higher term is newer, then the higher index.
	Term, Index uint64
	// Closed is the end of the newest closed segment, which is all that the daemons' own tools tell.
	Closed uint64
	// Cluster is what the database holds after the last entry. Unread says why it is not known, empty when it is.
	Cluster schema.Cluster
	Unread  string
	// Newest is the newest heartbeat in it, zero when there is none; Round is how often the leader stores heartbeats.
	Newest time.Time
	Round  time.Duration

	log   raftlog.Log
	trust trust
}

// attempts are how often a folder is read whose daemon runs: a segment may be closed between two looks.
const attempts = 3

// Read reads the copy on a member's machine. The command says whose; its task does not matter.
func Read(ctx context.Context, shell drivers.Shell, c drivers.Command, reg schema.Registry) (Copy, error) {
	var log raftlog.Log
	var err error
	for range attempts {
		if log, err = readLog(ctx, shell, c); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return Copy{}, err
	}
	last := log.Last()
	out := Copy{Term: last.Term, Index: last.Index, Closed: log.Closed, log: log}
	if err := out.readRows(ctx, reg); err != nil {
		out.Unread = err.Error()
	}
	return out, nil
}

// Servers reads whom the Raft configuration on a member's disk has, with no names and roles. The command says whose.
func Servers(ctx context.Context, shell drivers.Shell, c drivers.Command) ([]schema.RaftMember, error) {
	log, err := readLog(ctx, shell, c)
	if err != nil {
		return nil, err
	}
	found, err := log.Servers()
	return schema.Map(found, func(s raftlog.Server) schema.RaftMember {
		return schema.RaftMember{ID: s.ID, Address: s.Address}
	}), err
}

func readLog(ctx context.Context, shell drivers.Shell, c drivers.Command) (raftlog.Log, error) {
	list, err := run(ctx, shell, c, drivers.TaskFiles)
	if err != nil {
		return raftlog.Log{}, err
	}
	files, err := parseList(list)
	if err != nil {
		return raftlog.Log{}, err
	}
	if c.Names = raftlog.Choose(files, raftlog.MaxSize); len(c.Names) == 0 {
		return raftlog.Log{}, errors.New("the folder of the database has no log")
	}
	packed, err := run(ctx, shell, c, drivers.TaskRead)
	if err != nil {
		return raftlog.Log{}, err
	}
	if files, err = unpack(packed, c.Names); err != nil {
		return raftlog.Log{}, fmt.Errorf("reading the files of the database: %w", err)
	}
	return raftlog.Decode(files)
}

func run(ctx context.Context, shell drivers.Shell, c drivers.Command, task drivers.Task) (string, error) {
	c.Task = task
	out, err := shell.Run(ctx, c.Member, c)
	if err == nil && out.Exit != 0 {
		err = fmt.Errorf("the command to %s exits with %d: %s", task, out.Exit, strings.TrimSpace(out.Stderr))
	}
	return out.Stdout, err
}

// parseList reads what TaskFiles prints: a size and a name in each line.
func parseList(text string) ([]raftlog.File, error) {
	var files []raftlog.File
	for line := range strings.Lines(text) {
		size, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, err := strconv.ParseInt(size, 10, 64)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("reading the list of files: %q is no size", size)
		}
		files = append(files, raftlog.File{Name: name, Size: n})
	}
	return files, nil
}

// unpack reads the archive that TaskRead prints, which must have all the names.
func unpack(packed string, names []string) ([]raftlog.File, error) {
	zip, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		return nil, err
	}
	found := map[string][]byte{}
	archive := tar.NewReader(io.LimitReader(zip, raftlog.MaxSize+1<<20)) // with the archive's own blocks
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		var data bytes.Buffer
		if _, err := io.Copy(&data, archive); err != nil {
			return nil, err
		}
		found[header.Name] = data.Bytes()
	}
	var files []raftlog.File
	for _, name := range names {
		data, ok := found[name]
		if !ok {
			return nil, fmt.Errorf("%s is gone", name)
		}
		files = append(files, raftlog.File{Name: name, Size: int64(len(data)), Data: data})
	}
	return files, nil
}

// readRows replays the log and reads what the database holds then.
func (c *Copy) readRows(ctx context.Context, reg schema.Registry) (err error) {
	image, err := c.log.Database()
	if err != nil {
		return err
	}
	db, err := memdb.Load(ctx, image)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	q := rows.SQL(db)
	if c.Newest, err = rows.NewestHeartbeat(ctx, q); err != nil {
		return err
	}
	if c.Cluster, err = rows.Read(ctx, q, reg, c.Newest); err != nil {
		return err
	}
	c.Round = round(c.Cluster)
	c.trust, err = trustOf(ctx, q)
	return err
}

// round is half of cluster.offline_threshold (lxd 5.0.2, lxd/cluster/heartbeat.go).
func round(c schema.Cluster) time.Duration {
	server, _ := c.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	seconds, err := strconv.Atoi(server.Config["cluster.offline_threshold"])
	if err != nil {
		seconds = 20
	}
	return time.Duration(seconds) * time.Second / 2
}

// Difference is what one copy has and another does not.
type Difference struct {
	// Entries are the entries of the log that only one has, each a transaction or a part of one; at least so many unless
	// Exact.
	Entries uint64
	Exact   bool
	// Only are the objects that only it has, Changed those that differ, Gone those that only the other one has. All are
	// empty unless Compared: the rows of both could be read.
	Only, Changed, Gone []schema.Ref
	Compared            bool
}

// Beyond returns what this copy has and the other one does not.
func (c Copy) Beyond(other Copy) Difference {
	var d Difference
	d.Entries, d.Exact = c.log.Beyond(other.log)
	if c.Unread != "" || other.Unread != "" {
		return d
	}
	d.Compared = true
	for _, mine := range c.Cluster.Objects() {
		theirs, there := other.Cluster.Get(mine.Ref)
		switch {
		case !there:
			d.Only = append(d.Only, mine.Ref)
		case !reflect.DeepEqual(stored(mine), stored(theirs)):
			d.Changed = append(d.Changed, mine.Ref)
		}
	}
	for _, theirs := range other.Cluster.Objects() {
		if _, there := c.Cluster.Get(theirs.Ref); !there {
			d.Gone = append(d.Gone, theirs.Ref)
		}
	}
	return d
}

// stored is what somebody has stored of an object. Whether a member is there depends on the time of its heartbeat.
func stored(o schema.Object) schema.Object {
	if o.Ref.Kind == schema.KindMember {
		o.State = ""
	}
	return o
}
