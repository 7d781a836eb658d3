package schema

import (
	"cmp"
	"slices"
	"strings"
)

// Preseed is everything that the input files say, in normal form.
type Preseed struct {
	// Want is the desired side: objects of every kind, the members among them.
	Want Cluster
	// Source has the position of everything in Want and Members.
	Source Source
	// Members are the members in file order, with how to reach them.
	Members []Member
	// Later are members that are to join, and that this plan leaves out.
	Later []Member
	// Bootstrap is the name of the member that bootstraps a new cluster; empty when no document has members.
	Bootstrap string
	// Settings is the section clusterctl:.
	Settings Settings
	// Secrets are the secrets by name, for SecretMark: "server/core.trust_password", "member/node2/cluster_password".
	Secrets map[string]Secret
	// Files are the names of the input files in order, as the caller gave them.
	Files []string
	// Judged is the flavour that the input was judged for.
	Judged Flavour
	// Assumed: nobody had said that the servers are that, and the input may be judged otherwise when somebody does.
	Assumed bool
}

// Member is what the preseed says of one member beside its Object: how to reach it and how it joins.
type Member struct {
	Name string `json:"name"`
	// Address is host:port, the cluster address (cluster.https_address).
	Address    string     `json:"address"`
	Connection Connection `json:"connection"`
	// Password is the name in Preseed.Secrets of the trust password or token for its join; empty: mint a token.
	Password string `json:"password,omitempty"`
	// Certificate is the PEM of the cluster's certificate that a join document gives; empty: ask the cluster.
	Certificate string `json:"certificate,omitempty"`
	// CertificateFile is a file with it, from cluster_certificate_path; whoever reads files reads it.
	CertificateFile string `json:"certificate_file,omitempty"`
	// Replaces is the name of a lost member whose place this one takes.
	Replaces string   `json:"replaces,omitempty"`
	Pos      Position `json:"at,omitzero"`
}

// Connection says how to reach a member's daemon. Exactly one of SSH, HTTPS and Unix is set.
type Connection struct {
	SSH   *SSH   `json:"ssh,omitempty"`
	HTTPS *HTTPS `json:"https,omitempty"`
	Unix  *Unix  `json:"unix,omitempty"`
	// Default reports that the preseed said nothing and ssh://root@HOST was assumed.
	Default bool `json:"default,omitempty"`
}

// SSH reaches the daemon's unix socket through an SSH server. Empty fields are filled from ~/.ssh/config and
// then from the defaults: port 22, user root, the agent and the usual identity files, ~/.ssh/known_hosts.
type SSH struct {
	Host         string `json:"host" yaml:"host" help:"Name or address of the SSH server."`
	Port         int    `json:"port,omitempty" yaml:"port" validate:"omitempty,min=1,max=65535" help:"Its port; 22 when left out."`
	User         string `json:"user,omitempty" yaml:"user" help:"Who to log in as."`
	IdentityFile string `json:"identity_file,omitempty" yaml:"identity_file" help:"The private key."`
	KnownHosts   string `json:"known_hosts,omitempty" yaml:"known_hosts" help:"File with the servers' keys; it is only read."`
	// Become is how the user gets what only root may use there: empty (it needs nothing), or [BecomeSudo].
	Become string `json:"become,omitempty" yaml:"become" validate:"omitempty,oneof=sudo" help:"sudo: use the daemon's socket and run commands through sudo -n."`
	// Jump is ssh://user@host:port of a jump host.
	Jump string `json:"jump,omitempty" yaml:"jump" help:"SSH server to go through."`
	// Socket is the path of the daemon's socket there; empty means the first of the usual places that exists.
	Socket string `json:"socket,omitempty" yaml:"socket" help:"Path of the daemon's socket."`
	// OwnKnownHosts is the known_hosts of whoever runs this, if it is none of the usual ones; TrustOnFirstUse adds the
	// key of an unknown host there instead of refusing it. The command line says so, never a preseed or a saved plan.
	OwnKnownHosts   string `json:"-"`
	TrustOnFirstUse bool   `json:"-"`
}

// BecomeSudo is the value of [SSH.Become] for users who may become root by sudo without being asked (NOPASSWD).
const BecomeSudo = "sudo"

// HTTPS reaches the daemon's REST API with a client certificate.
type HTTPS struct {
	// URL is https://host:port.
	URL string `json:"url" yaml:"url"`
	// Certificate and Key are files with the client's certificate and key in PEM.
	Certificate string `json:"certificate,omitempty" yaml:"certificate"`
	Key         string `json:"key,omitempty" yaml:"key"`
	// Fingerprint is the SHA-256 of the server's certificate in hex; pinned when given.
	Fingerprint string `json:"fingerprint,omitempty" yaml:"fingerprint"`
	// Password and Token are names in Preseed.Secrets, used once to add the client's certificate to the trust store.
	Password string `json:"password,omitempty"`
	Token    string `json:"token,omitempty"`
}

// Unix reaches a daemon of this machine.
type Unix struct {
	// Socket is the path of its socket. The folder of the socket holds server.crt and server.key.
	Socket string `json:"socket" yaml:"socket" help:"Path of the daemon's socket."`
}

// Settings is the section clusterctl: of a preseed.
type Settings struct {
	// Server is what the file says that the members run; unknown when it does not.
	Server Flavour
	// Prune are the kinds whose undeclared objects are removed.
	Prune []KindName
	// Protect names the objects that are never destroyed, see Ref.Means.
	Protect []string
	// Service are command lines for daemons of no package that clusterctl knows.
	Service Service
}

// Source has for each object where the input says what, ordered by field.
type Source map[Ref][]Place

// Place is where the input says a field of an object: attrs.KEY, config.KEY, devices.NAME.KEY, members.NAME.KEY,
// lists.NAME, with =NAME behind it the word that names another object; empty for the object itself.
type Place struct {
	Field string
	At    Position
}

// At returns the position of a field of an object, or else that of the object.
func (s Source) At(ref Ref, field string) Position {
	if at, ok := s.find(ref, field); ok {
		return at
	}
	at, _ := s.find(ref, "")
	return at
}

func (s Source) find(ref Ref, field string) (Position, bool) {
	places := s[ref]
	i, ok := slices.BinarySearchFunc(places, field, func(p Place, field string) int {
		return strings.Compare(p.Field,
			field)
	})
	if !ok {
		return Position{}, false
	}
	return places[i].At, true
}

// Naming returns the place where an object names another one: that of the very word, where that is known.
func (s Source) Naming(by Ref, r Reference) Position {
	if at, ok := s.find(by, NamingField(r)); ok {
		return at
	}
	return s.At(by, r.Field)
}

// NamingField is the field in a Source of the word that names another object.
func NamingField(r Reference) string { return r.Field + "=" + r.Ref.Name }

// Service says how a daemon is handled on its machine: command lines for sh that find CLUSTERCTL_MEMBER,
// CLUSTERCTL_ADDRESS and LXD_DIR. Restart must not wait until the daemon is ready. An empty one is that of the
// package.
type Service struct {
	Stop    string `yaml:"stop" help:"Stops the daemon."`
	Start   string `yaml:"start" help:"Starts it."`
	Restart string `yaml:"restart" help:"Restarts it, without waiting until it is ready."`
	Upgrade string `yaml:"upgrade" help:"Installs the new version."`
}

// Or returns the commands, those of other in the place of empty ones.
func (s Service) Or(other Service) Service {
	return Service{Stop: cmp.Or(s.Stop, other.Stop), Start: cmp.Or(s.Start, other.Start),
		Restart: cmp.Or(s.Restart, other.Restart), Upgrade: cmp.Or(s.Upgrade, other.Upgrade)}
}
