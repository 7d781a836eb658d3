package schema

// MemberEntry is one entry of members:, or of members_defaults: without a name. A join document becomes one, too.
type MemberEntry struct {
	Name string `yaml:"name" validate:"required,excludesall=/ ,startsnotwith=@"`
	// Address is host:port, the cluster address.
	Address       string          `yaml:"address"`
	Connection    connectionEntry `yaml:"connection"`
	FailureDomain string          `yaml:"failure_domain"`
	Groups        []string        `yaml:"groups" validate:"dive,required"`
	Description   string          `yaml:"description"`
	// Config has the member's own server keys and the keys of the member itself.
	Config map[string]string `yaml:"config"`
	// MemberConfig has the member's own keys of pools and networks.
	MemberConfig memberConfig `yaml:"member_config"`
	State        string       `yaml:"state" validate:"omitempty,oneof=present absent lost evacuated"`
	// Replaces is the name of a lost member whose place this one takes.
	Replaces string `yaml:"replaces"`
}

// connectionEntry is connection: in the map form; the short form is read into it.
type connectionEntry struct {
	SSH   *sshEntry   `yaml:"ssh"`
	HTTPS *httpsEntry `yaml:"https"`
	Unix  *unixEntry  `yaml:"unix"`
}

type sshEntry struct {
	Host            string `yaml:"host"`
	Port            int    `yaml:"port" validate:"omitempty,min=1,max=65535"`
	User            string `yaml:"user"`
	IdentityFile    string `yaml:"identity_file"`
	KnownHosts      string `yaml:"known_hosts"`
	Jump            string `yaml:"jump"`
	Socket          string `yaml:"socket"`
	TrustOnFirstUse bool   `yaml:"trust_on_first_use"`
}

type httpsEntry struct {
	URL         string      `yaml:"url"`
	Certificate string      `yaml:"certificate"`
	Key         string      `yaml:"key"`
	Fingerprint string      `yaml:"fingerprint"`
	Password    secretEntry `yaml:"password"`
	Token       secretEntry `yaml:"token"`
}

type unixEntry struct {
	Socket string `yaml:"socket"`
}

// secretEntry is a value in clear, {env: NAME} or {file: PATH}.
type secretEntry struct {
	Secret Secret
}

// memberConfig is member_config: in either spelling, in file order.
type memberConfig []memberKey

type memberKey struct {
	// Entity is "storage-pool" or "network".
	Entity, Name, Key, Value string
	Pos                      Position
}
