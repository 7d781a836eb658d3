package plan

import (
	"encoding/json"

	"clusterctl/schema"
)

// OpKind names what a step does; the JSON of a plan calls it kind.
type OpKind string

// The operations, a closed set that the package apply interprets.
const (
	// OpRequest is one REST call, sent as it is.
	OpRequest OpKind = "request"
	// OpEdit reads an object, lays the given fields over it and puts it back under its ETag; again on 412.
	OpEdit OpKind = "edit"
	// OpTrust adds this client's certificate to the trust store of the daemon.
	OpTrust OpKind = "trust"
	// OpAdmit adds the certificate of a server that is to join to the cluster's trust store.
	OpAdmit OpKind = "admit"
	// OpBootstrap makes a standalone server the first member.
	OpBootstrap OpKind = "bootstrap"
	// OpJoin starts a join and returns when the leader lists the member; the join may still be settling.
	OpJoin OpKind = "join"
	// OpSettle waits until a started join has ended and the member is Online.
	OpSettle OpKind = "settle"
	// OpRemove is a request that takes a member out of the cluster; it may have to wait for an election.
	OpRemove OpKind = "remove"
	// OpLeaveRaft waits until the database's Raft configuration has a removed member no more, and takes it out when it
	// stays.
	OpLeaveRaft OpKind = "leave-raft"
	// OpForget takes away what a join that did not end has left in the cluster: its Raft entry, its certificate, its row.
	OpForget OpKind = "forget"
	// OpEvacuate is a request that moves instances from one member to another; it may take long.
	OpEvacuate OpKind = "evacuate"
	// OpMove moves a custom volume to another member: it is copied there and then deleted where it was; it may take long.
	OpMove OpKind = "move"
	// OpPull is a request that has the cluster get an image from another server; it may take long.
	OpPull OpKind = "pull"
	// OpUpload sends a file to the cluster, unless it has the image or the volume already.
	OpUpload OpKind = "upload"
	// OpCopies waits until enough members hold a copy of an image.
	OpCopies OpKind = "copies"
	// OpShell runs a command on the member's machine, whether its daemon runs or not.
	OpShell OpKind = "shell"
	// OpRestart runs a command that restarts the member's daemon, and waits until the member is back.
	OpRestart OpKind = "restart"
	// OpAwait waits until all members are back after their daemons were restarted.
	OpAwait OpKind = "await"
)

// Op is how a step is done: Kind and the one field that belongs to it.
type Op struct {
	Kind      OpKind     `json:"kind"`
	Request   *Request   `json:"request,omitempty"`
	Introduce *Introduce `json:"trust,omitempty"`
	Admit     *Admit     `json:"admit,omitempty"`
	Bootstrap *Bootstrap `json:"bootstrap,omitempty"`
	Join      *Join      `json:"join,omitempty"`
	Settle    *Settle    `json:"settle,omitempty"`
	Move      *Move      `json:"move,omitempty"`
	// LeaveRaft is also that of OpForget.
	LeaveRaft *LeaveRaft `json:"leave_raft,omitempty"`
	Upload    *Upload    `json:"upload,omitempty"`
	Copies    *Copies    `json:"copies,omitempty"`
	Shell     *Shell     `json:"shell,omitempty"`
	Await     *Await     `json:"await,omitempty"`
}

// Request is a REST call, for OpRequest, OpEdit, OpRemove, OpEvacuate and OpPull. For OpEdit the Body has the fields
// to lay over the object: in "config" and in a device an empty value removes the key, a null device removes the
// device; lists and texts replace.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// Target and Project become query parameters when set.
	Target  string `json:"target,omitempty"`
	Project string `json:"project,omitempty"`
	// Body is JSON; secrets in it are schema.SecretMark texts.
	Body json.RawMessage `json:"body,omitempty"`
	// Gone accepts 404 on DELETE: somebody else was faster.
	Gone bool `json:"gone,omitempty"`
	// Force becomes the query parameter force=1.
	Force bool `json:"force,omitempty"`
}

// Introduce has the step's member trust this client's certificate.
type Introduce struct {
	// Secret is the name of the trust password or token.
	Secret string `json:"secret"`
}

// Admit lets the step's member in before it joins.
type Admit struct {
	// Name is what it will be called in the cluster.
	Name string `json:"name"`
}

// Bootstrap makes the step's member the first one of a new cluster.
type Bootstrap struct {
	// Name becomes the member's name.
	Name string `json:"name"`
	// Config are the member-local server keys to set before: core.https_address, cluster.https_address.
	Config map[string]string `json:"config,omitempty"`
}

// Trust says how a joining server is let in.
type Trust string

// The ways: a join token minted just before the join and never stored; a trust password or token that the
// preseed gives; the joiner's own server certificate, added to the trust store before.
const (
	TrustToken       Trust = "token"
	TrustPassword    Trust = "password"
	TrustCertificate Trust = "certificate"
)

// Join brings the step's member into the cluster.
type Join struct {
	Name string `json:"name"`
	// Address is the joiner's own cluster address, host:port.
	Address string `json:"address"`
	Trust   Trust  `json:"trust"`
	// Password is the name of the secret for TrustPassword.
	Password string `json:"password,omitempty"`
	// Certificate is the PEM of the cluster's certificate that the preseed pins; empty: the cluster is asked.
	Certificate string `json:"certificate,omitempty"`
	// MemberConfig are the joiner's member-specific keys of the pools and networks that exist.
	MemberConfig []MemberKey `json:"member_config,omitempty"`
}

// MemberKey is one entry of LXD's member_config.
type MemberKey struct {
	Entity string `json:"entity"` // "storage-pool" or "network"
	Name   string `json:"name"`
	Key    string `json:"key"`
	Value  string `json:"value"`
}

// Settle waits for the end of the join of that member.
type Settle struct {
	Name string `json:"name"`
}

// LeaveRaft is a removed member, or one that did not join, that the Raft configuration is not to have any more.
type LeaveRaft struct {
	Member  string `json:"member"`
	Address string `json:"address"`
	// Voters is how many members are to vote afterwards; zero where that is not known.
	Voters int `json:"voters,omitempty"`
}

// Move is a custom volume of a local pool that goes to another member.
type Move struct {
	Pool    string `json:"pool"`
	Name    string `json:"name"`
	Project string `json:"project,omitempty"`
	// From and To are members, Address is the host:port at which To reaches From.
	From    string `json:"from"`
	To      string `json:"to"`
	Address string `json:"address"`
}

// Upload sends an image file, or one that becomes a volume.
type Upload struct {
	// Path is where the file is on the machine that applies, as the preseed spells it.
	Path string `json:"path"`
	// Fingerprint is the SHA-256 that the file had when the plan was made, in lower-case hex; another one fails the step.
	Fingerprint string `json:"fingerprint"`
	Project     string `json:"project,omitempty"`
	Public      bool   `json:"public,omitempty"`
	// Into is where the file becomes a volume of that Name instead of an image.
	Into *Request `json:"into,omitempty"`
	Name string   `json:"name,omitempty"`
}

// Copies waits for copies of an image.
type Copies struct {
	Image schema.Ref `json:"image"`
	// Count is how many members must hold one.
	Count int `json:"count"`
}

// TaskService is the task of a Shell that runs its Text.
const TaskService = "service"

// TaskUnbootstrap is the task of a Shell that takes a bootstrap back which broke off; TornFiles is what its Names have
// where the certificate of the cluster has to be half-written still.
const (
	TaskUnbootstrap = "unbootstrap"
	TornFiles       = "torn"
)

// Shell is a command on the step's member, for OpShell and OpRestart; the package drivers has the list of tasks.
type Shell struct {
	Task string `json:"task"`
	// Binary is the daemon's own command, Folder the daemon's folder.
	Binary string `json:"binary,omitempty"`
	Folder string `json:"folder"`
	// File is what the task writes.
	File string `json:"file,omitempty"`
	// Names are what a task about leftovers is about.
	Names []string `json:"names,omitempty"`
	// Text is a command line that a package's table or the operator gives.
	Text string `json:"text,omitempty"`
	// Address is the member's cluster address, for that command line.
	Address string `json:"address,omitempty"`
	// From is the member whose database the task takes, in its daemon's folder FromFolder.
	From       string `json:"from,omitempty"`
	FromFolder string `json:"from_folder,omitempty"`
}

// Await waits, for OpRestart and OpAwait, until the member is back: it answers, or its row in the database says that
// it runs something newer and waits for the others (it is blocked). Without a member it waits until all are Online and
// run the same.
type Await struct {
	Member string `json:"member,omitempty"`
	// Schema and Extensions are what the member's row said before.
	Schema     int `json:"schema,omitempty"`
	Extensions int `json:"extensions,omitempty"`
}

// Body makes the body of a request. The values are maps and texts of ours, which always encode.
func Body(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("plan: encoding a body: " + err.Error())
	}
	return b
}
