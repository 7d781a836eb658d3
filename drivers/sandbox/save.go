package sandbox

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/drivers/sandbox/wire"
	"clusterctl/schema"
)

// saved is what world.json holds: what is not in the databases and key files.
type saved struct {
	Version  int            `json:"version"`
	Server   string         `json:"server,omitempty"`
	Members  []*savedMember `json:"members"`
	Clusters []savedCluster `json:"clusters"`
	// Serial numbers the databases of clusters.
	Serial int     `json:"serial"`
	Faults []Fault `json:"faults,omitempty"`
}

type savedMember struct {
	// Label is the host's name; it never changes.
	Label     string `json:"label"`
	HTTPSPort int    `json:"https_port"`
	SSHPort   int    `json:"ssh_port"`
	Down      bool   `json:"down,omitempty"`
	// Cluster is the File of its cluster, NodeID its row in the table nodes there, and ServerName what the daemon
	// believes to be called, empty when standalone.
	Cluster    string `json:"cluster"`
	ServerName string `json:"server_name,omitempty"`
	NodeID     int64  `json:"node_id"`
	// Upgraded is set once it runs another version than it began with, Installed is the number of API extensions of the
	// version that the next start runs; 0 is the version of old.
	Upgraded  bool `json:"upgraded,omitempty"`
	Installed int  `json:"installed,omitempty"`
	// Segment is the number of the newest piece of the Raft log that it has.
	Segment int64 `json:"segment"`
	// Left are parts of pools and networks that a daemon which died has left, such as "network:br0".
	Left []string `json:"left,omitempty"`
	// Torn is a half-written file of the cluster's certificate, on which the daemon does not start.
	Torn string `json:"torn,omitempty"`
	// Unaware is a member that takes itself for a server in no cluster until its daemon starts again.
	Unaware bool `json:"unaware,omitempty"`
}

type savedCluster struct {
	File      string      `json:"file"`
	Clustered bool        `json:"clustered"`
	Leader    uint64      `json:"leader"`
	Raft      []wire.Node `json:"raft"`
}

const savedVersion = 1

// load reads world.json, or lays out a new world.
func (w *World) load(cfg Config) error {
	raw, err := os.ReadFile(w.path("world.json"))
	if err == nil {
		if err := json.Unmarshal(raw, &w.saved); err != nil {
			return fmt.Errorf("reading %s: %w", w.path("world.json"), err)
		}
		if w.saved.Version != savedVersion {
			return fmt.Errorf("reading %s: version %d is not known", w.path("world.json"), w.saved.Version)
		}
		w.faults.on = w.saved.Faults
		w.grow(cfg.Names)
		return w.plays(cfg.Server)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := w.plays(cfg.Server); err != nil {
		return err
	}
	w.saved.Version = savedVersion
	names := slices.Clone(cfg.Names)
	number := cfg.Members
	if number == 0 && len(names) == 0 {
		number = 3
	}
	for i := len(names); i < number; i++ {
		names = append(names, fmt.Sprintf("node%d", i+1))
	}
	w.grow(names)
	return nil
}

// plays chooses the server that a new world plays. An old one stays what it was.
func (w *World) plays(wanted schema.Flavour) error {
	s, _ := layout.Like(wanted) // Start has refused what is not played
	if w.saved.Version == 0 {
		w.server, w.saved.Server = s, s.Name()
		return nil
	}
	for _, old := range layout.Servers() {
		if old.Name() == cmp.Or(w.saved.Server, layout.Servers()[0].Name()) {
			w.server = old
		}
	}
	if wanted.Product != "" && w.server.Name() != s.Name() {
		return fmt.Errorf("%w: the servers in %s are %s already, and not %s", ErrServer, w.dir, w.server.Title(), s.Title())
	}
	return nil
}

// grow adds fresh members for the names that no member has.
func (w *World) grow(names []string) {
	for _, name := range names {
		known := slices.ContainsFunc(w.saved.Members, func(m *savedMember) bool { return m.Label == name })
		if !known {
			w.saved.Members = append(w.saved.Members, &savedMember{Label: name, Cluster: w.newClusterFile(), NodeID: 1})
		}
	}
}

// newClusterFile names a database that was never used.
func (w *World) newClusterFile() string {
	w.saved.Serial++
	return fmt.Sprintf("db%d", w.saved.Serial)
}

// save writes world.json. The caller holds the lock, or nobody else runs.
func (w *World) save() error {
	w.saved.Clusters = nil
	for _, c := range w.clusters() {
		w.saved.Clusters = append(w.saved.Clusters, savedCluster{File: c.file, Clustered: c.clustered, Leader: c.leader,
			Raft: c.raft})
	}
	for _, m := range w.members {
		if m.cluster != nil {
			m.Cluster = m.cluster.file
		}
	}
	w.saved.Faults = w.faults.list()
	if w.temporary {
		return nil
	}
	raw, err := json.MarshalIndent(w.saved, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(w.path(markNew), append(raw, '\n'), 0o600); err != nil {
		return errors.Join(err, os.Remove(w.path(markNew)))
	}
	return os.Rename(w.path(markNew), w.path("world.json"))
}

// Copy writes the world, as it is at this moment between two requests, into a folder that is not there yet. Operations
// and tokens live in the daemons' memory and are not in it.
func (w *World) Copy(dir string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.save(); err != nil {
		return err
	}
	return os.CopyFS(dir, os.DirFS(w.dir))
}
