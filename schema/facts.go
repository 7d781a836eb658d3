package schema

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SourceDump is the source of facts about a saved copy of the database: they may be older than the cluster.
const SourceDump = "dump"

// RaftRole is a member's role in the database's Raft group.
type RaftRole string

// The Raft roles, in the numeric order of dqlite (0, 1, 2).
const (
	Voter   RaftRole = "voter"
	StandBy RaftRole = "stand-by"
	Spare   RaftRole = "spare"
)

// AutomaticRole reports a role of a member that the cluster gives out by itself, by its name in REST.
func AutomaticRole(role string) bool {
	return slices.Contains([]string{"database", "database-voter", "database-leader", "database-standby"}, role)
}

// Facts is what planning may know beside the objects.
type Facts struct {
	Flavour Flavour
	// Clustered is false while the bootstrap member is still a standalone server.
	Clustered bool
	// Schema is the version of the cluster database's schema, 60 for LXD 5.0.x. Zero when REST was the source.
	Schema int
	// Leader is the name of the member that leads the database; empty when not known.
	Leader string
	// Certificate is the PEM of the certificate that the cluster serves, cluster.crt.
	Certificate string
	// Members are the rows of the table nodes, pending rows included, by name.
	Members map[string]MemberFacts
	// Images has the members that have a copy of each image, by its fingerprint; nil when that was not read.
	Images map[string][]string `json:",omitempty"`
	// Uncovered is what the database has beside all that clusterctl knows, about members and pools; nil when it has
	// nothing, or was not read.
	Uncovered []Uncovered `json:",omitempty"`
	// Hosts is what was found behind each connection of the preseed, by the preseed's member name.
	Hosts map[string]HostFacts
	// Source is "dqlite", "rest" or [SourceDump].
	Source string
	// AsOf is the time of a dump, that of its newest heartbeat; zero for a live cluster, and when a dump has none.
	AsOf time.Time `json:",omitzero"`
	// Unseen are the looks that showed nothing, in the order in which they are told.
	Unseen []Sighting
	// SecretSet has, per secret key, whether the live value is known to equal the desired one.
	// A key that is missing is either not set or cannot be compared.
	SecretSet map[string]bool
	// TrustPasswordHash is how the database keeps core.trust_password; zero when it is not set or was not read.
	TrustPasswordHash Secret
	// Stored are the values that the database has of all other secret keys, to be compared and never shown; nil where it
	// was not read: REST shows some and hides some.
	Stored map[StoredSecret]Secret `json:"-"`
}

// StoredSecret is where a secret is kept: the key of an object, and of one member's part of it unless that is empty.
type StoredSecret struct {
	Ref         Ref
	Member, Key string
}

// Uncovered counts the rows of a table that no kind reads. Member is whose they are, empty for nobody's.
type Uncovered struct {
	Table, Member string
	Rows          int
}

// String is that in words: "2 networks_load_balancers".
func (u Uncovered) String() string { return strconv.Itoa(u.Rows) + " " + u.Table }

// UncoveredOn are the counts of what members have, and nil for none.
func (f Facts) UncoveredOn(members ...string) []Uncovered {
	return Filter(f.Uncovered, func(u Uncovered) bool { return slices.Contains(members, u.Member) })
}

// MemberFacts is one row of nodes with what the database knows of that member.
type MemberFacts struct {
	Address string
	// State is created, pending (its join has not ended) or evacuated.
	State State
	Role  RaftRole
	// Online is the database's view: the heartbeat is younger than cluster.offline_threshold.
	Online bool
	// Silent reports that nobody could connect to it although it is Online: it has just gone down. It is false where
	// that was not tried.
	Silent bool `json:",omitempty"`
	// HeartbeatAge is how old the last heartbeat was when it was read.
	HeartbeatAge time.Duration
	Schema       int
	Extensions   int
	Architecture string
	// Blocked is why the cluster itself calls the member Blocked, over REST: it waits for another version.
	Blocked string `json:",omitempty"`
	// Instances and Volumes count what lives on this member: instances and custom volumes.
	Instances, Volumes int
}

// Up reports that a member counts for the quorum, as far as was seen.
func (m MemberFacts) Up() bool { return m.Online && !m.Silent }

// HostFacts is what the connection to one member of the preseed showed.
type HostFacts struct {
	// Fault is empty when the daemon answered and trusts us; otherwise one sentence with the cause.
	Fault string
	// FaultKind is the kind of that fault.
	FaultKind Fault
	// Untrusted reports that the daemon answered and does not trust this client.
	Untrusted bool
	// Restricted reports that the daemon trusts this client with some projects alone.
	Restricted bool
	Flavour    Flavour
	// Extensions is the number of API extensions that GET /1.0 lists.
	Extensions int
	// Clustered reports environment.server_clustered.
	Clustered bool
	// Joining reports a server that is no working member, whose own database has members of this cluster: its join goes on
	// or was broken off, or it was removed and not wiped. Blank reports one that is in no cluster and whose own database
	// has none. Both are false where that was not read. Entering reports one that says itself that it is joining, of which
	// neither has anything yet.
	Joining, Blank, Entering bool
	// JoinFailed reports a member that is Joining of which no operation joins any more: its join failed when all was
	// done but the daemon's own switch. It is a member as soon as its daemon starts again (incus 6.0.4, measured).
	JoinFailed bool `json:",omitempty"`
	// HalfBootstrapped reports a server whose bootstrap is going on, where it is Entering, or broke off. It counts as
	// being in no cluster.
	HalfBootstrapped bool `json:",omitempty"`
	// Name is environment.server_name: the member's name in its cluster, the host's name outside one.
	Name string
	// ClusterFingerprint is the SHA-256 fingerprint (lower-case hex) of the certificate the daemon serves.
	ClusterFingerprint string
	// Certificate is the PEM of that certificate.
	Certificate string
	// Config has the member-local server keys that are set there (core.https_address, ...).
	Config map[string]string
	// Holds names the work and data that a standalone server has and loses when it joins a cluster, such as
	// "instance/c1"; Settings are what it loses besides: its cluster-wide server keys, and the clients that it trusts.
	Holds    []string
	Settings []Object
	// Sources has the sources of its pools that are none of the daemon's own files, by the pools' names.
	Sources map[string]string `json:",omitempty"`
	// Trusts are the fingerprints of the servers' certificates that a standalone server trusts: a join that broke off has
	// left them there, and the next one fails on them.
	Trusts []string `json:",omitempty"`
	// Socket reports that the connection leads to the daemon's unix socket (ssh, unix), so that internal
	// endpoints and files can be read where there is no Fault.
	Socket bool
	// Addresses is what the member's machine says of addresses; nil when it was not asked.
	Addresses *Addresses `json:",omitempty"`
	// Remains is what it says of leftovers; nil when it was not asked, or could not tell.
	Remains *Remains `json:",omitempty"`
}

// Remains is what a crash has left on a member's machine, which no database tells.
type Remains struct {
	// Folder is the daemon's folder, Binary its own command; Stop and Start are command lines, empty when not known.
	Folder, Binary, Stop, Start string
	// StopsInstances reports that Stop shuts the instances down, too.
	StopsInstances bool `json:",omitempty"`
	// Parts has, in words, what is there of parts that the database does not call created.
	Parts map[Ref][]string
	// Fresh are those that a running daemon has changed a moment ago, and may still be making.
	Fresh []Ref `json:",omitempty"`
	// Names are what tasks call the parts for which that is not PartName.
	Names map[Ref]string `json:",omitempty"`
	// Forgotten reports that the cluster has nothing of a join any more: no row, no Raft entry, no certificate.
	Forgotten bool `json:",omitempty"`
	// Joined are the addresses in the own database of a daemon that does not run.
	Joined []string
	// Data are files and folders of instances and volumes.
	Data []string
	// Torn is the file of the cluster's certificate, or of its key, that was begun and not written, in words; empty for
	// none. A daemon that finds one ends as soon as it starts.
	Torn string `json:",omitempty"`
	// Raft are the servers in the Raft configuration on the disk, asked for where there is a Torn file.
	Raft []RaftMember `json:",omitempty"`
}

// AloneAddress is what the Raft configuration of a server in no cluster has for its address (lxd 5.0.2,
// lxd/cluster/gateway.go loadInfo).
const AloneAddress = "1"

// OwnSource reports a pool's source that the daemon made itself, in its folder: storage-pools/POOL or disks/POOL.img.
func OwnSource(pool, source string) bool {
	return source == "" || strings.HasSuffix(source, "/storage-pools/"+pool) || strings.HasSuffix(source,
		"/disks/"+pool+".img")
}

// PartSeparator is between the words of PartName.
const PartSeparator = "|"

// PartName is how tasks about leftovers call a member's part of a network or pool: "network:br0", "storage_pool:fast",
// and with what a pool is made on there, and the name that it has there, "storage_pool:fast|/dev/sdb|group". A source in
// a zpool that is there already is "zfs:tank/fast".
func (o Object) PartName(member string) string {
	config := o.Members[member].Config
	words := []string{string(o.Ref.Kind) + ":" + o.Ref.Name, config["source"], config["lvm.vg_name"] +
		config["zfs.pool_name"]}
	if OwnSource(o.Ref.Name, words[1]) {
		words[1] = ""
	} else if o.Attrs["driver"] == "zfs" && !strings.HasPrefix(words[1], "/") {
		words[1] = "zfs:" + words[1]
	}
	return strings.TrimRight(strings.Join(words, PartSeparator), PartSeparator)
}

// Addresses is what a machine says of addresses.
type Addresses struct {
	// Own are the machine's addresses; empty when it could not tell.
	Own []netip.Addr
	// Routes are the subnets that it has routes to; not the way to everything else.
	Routes []netip.Prefix
	// Names has what each host name leads to there: nothing for one that nobody there knows. A name is missing when the
	// machine could not tell.
	Names map[string][]netip.Addr
}

// MemberOrder returns the names of the live members in a stable order.
func (f Facts) MemberOrder() []string {
	return slices.SortedFunc(maps.Keys(f.Members), CompareNames)
}

// RaftMember is one entry of a Raft configuration, or of a member's own copy of it (the table raft_nodes).
type RaftMember struct {
	ID uint64 `json:"id"`
	// Address is host:port, the cluster address; Name is empty where dqlite itself was asked, which knows no names.
	Address string   `json:"address"`
	Name    string   `json:"name,omitempty"`
	Role    RaftRole `json:"role"`
}

// Raft is what one member's dqlite says of the Raft group.
type Raft struct {
	// Leader is the address of the leader that the member knows; empty while it knows of none, as without a quorum.
	Leader  string       `json:"leader,omitempty"`
	Members []RaftMember `json:"members"`
}
