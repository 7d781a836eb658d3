package schema

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
)

// The entries are what a preseed may say, as structs: the tag yaml is the key, validate what the value must be, help a
// sentence for editors. Decoding and the JSON Schema work from them, and from those of the kinds.

// ClusterEntry is LXD's section cluster: (lxd 5.0.2, shared/api/init.go).
type ClusterEntry struct {
	Enabled         bool         `yaml:"enabled" help:"Whether the server is to be clustered."`
	ServerName      string       `yaml:"server_name" validate:"omitempty,excludesall=/ ,startsnotwith=@" help:"The member's name."`
	ServerAddress   string       `yaml:"server_address" help:"A joining server's own address, host:port."`
	ClusterAddress  string       `yaml:"cluster_address" help:"The address of a member of the cluster to join; makes this a join document."`
	Certificate     string       `yaml:"cluster_certificate" help:"The cluster's certificate, in PEM."`
	CertificatePath string       `yaml:"cluster_certificate_path" help:"A file with the cluster's certificate."`
	Token           Secret       `yaml:"cluster_token" help:"The join token for this server."`
	Password        Secret       `yaml:"cluster_password" help:"The trust password."`
	MemberConfig    MemberConfig `yaml:"member_config" help:"This member's own keys of pools and networks."`
}

// Joins reports that the section makes a server join a cluster.
func (c ClusterEntry) Joins() bool { return c.ClusterAddress != "" || !c.Token.IsZero() }

// SettingsEntry is the section clusterctl:.
type SettingsEntry struct {
	Version int      `yaml:"version" validate:"omitempty,oneof=1" help:"1, the version of this section."`
	Server  string   `yaml:"server" help:"What the members run, such as lxd-6.9 or incus-6.0: the rules to judge by."`
	Prune   []string `yaml:"prune" help:"Kinds whose undeclared objects are removed, such as profiles."`
	Protect []string `yaml:"protect" help:"KIND/NAME of objects that are never destroyed."`
	Service Service  `yaml:"service" help:"Command lines for sh that handle a daemon of no known package, for recover and upgrade."`
}

// MemberEntry is one entry of members:, or of members_defaults: without a name. A join document becomes one, too.
type MemberEntry struct {
	Name string `yaml:"name" validate:"required,excludesall=/ ,startsnotwith=@"`
	// Address is host:port, the cluster address.
	Address       string          `yaml:"address" help:"The cluster address, HOST:PORT."`
	Connection    ConnectionEntry `yaml:"connection"`
	FailureDomain string          `yaml:"failure_domain" help:"Members that fail together, such as a rack."`
	Groups        []string        `yaml:"groups" validate:"dive,required" help:"Cluster groups it is in, at least one; absent keeps those it has."`
	Roles         []string        `yaml:"roles" validate:"dive,oneof=event-hub ovn-chassis control-plane database-client" help:"Roles beside those of the database; absent keeps them, [] takes all away."`
	Description   string          `yaml:"description"`
	// Config has the member's own server keys and the keys of the member itself.
	Config map[string]string `yaml:"config"`
	// MemberConfig has the member's own keys of pools and networks.
	MemberConfig MemberConfig `yaml:"member_config" help:"This member's own keys of pools and networks."`
	State        string       `yaml:"state" validate:"omitempty,oneof=present absent lost evacuated"`
	// Replaces is the name of a lost member whose place this one takes.
	Replaces string `yaml:"replaces" help:"Name of a lost member whose place this one takes."`
}

// ConnectionEntry is connection: in the map form; the short form is read into it.
type ConnectionEntry struct {
	SSH   *SSH        `yaml:"ssh" help:"The daemon's socket through an SSH server."`
	HTTPS *HTTPSEntry `yaml:"https" help:"The API with a client certificate."`
	Unix  *Unix       `yaml:"unix" help:"A daemon of this machine."`
}

// HTTPSEntry is an [HTTPS] as it is written, with its secrets in place.
type HTTPSEntry struct {
	URL         string `yaml:"url" help:"Address of the API, https://HOST:8443."`
	Certificate string `yaml:"certificate" help:"File with our client certificate."`
	Key         string `yaml:"key" help:"File with its private key."`
	Fingerprint string `yaml:"fingerprint" help:"SHA-256 of the server's certificate."`
	Password    Secret `yaml:"password" help:"The trust password."`
	Token       Secret `yaml:"token" help:"The join token for this server."`
}

// MemberConfig is member_config: in either spelling, in file order.
type MemberConfig []MemberKey

// MemberKey is one key of it.
type MemberKey struct {
	// Entity is "storage-pool" or "network".
	Entity, Name, Key, Value string
	// Secret is where the value is to be found, if it is given by reference.
	Secret Secret
	Pos    Position
}

// FileEntry is the path of a file whose contents stay where they are, such as an image. SHA256 is empty while the file
// has not been read, or cannot be.
type FileEntry struct{ Path, SHA256 string }

// TextOrMap is a value that has a short form, a text, beside the long one.
type TextOrMap struct {
	Text string
	Map  map[string]string
}

// Entity is what member_config calls the kind: "storage-pool"; empty for kinds whose objects have no keys that each
// member has of its own.
func (s Spec) Entity() string {
	if s.Lifecycle != Pending {
		return ""
	}
	return strings.ReplaceAll(string(s.Name), "_", "-")
}

// Entity returns the kind that member_config calls by that name.
func (r Registry) Entity(name string) (Kind, bool) {
	return r.find(func(k Kind) bool { return name != "" && k.Entity() == name })
}

// Entities are the kinds that member_config speaks of.
func (r Registry) Entities() []Kind {
	return Filter(r.kinds, func(kind Kind) bool { return kind.Entity() != "" })
}

// Field is one key of an entry, for people.
type Field struct {
	// Path is the key, with those of the fields that it is within: "ingress.action".
	Path     string
	Help     string
	Required bool
	// OneOf are the only values that it takes; empty when there are others.
	OneOf []string
}

// EntryFields returns what an entry of the kind may say, in order. Configuration keys are no fields, see [Spec.Rules].
func (k Kind) EntryFields() []Field {
	if k.New == nil {
		return nil
	}
	return k.fieldsIn("", reflect.TypeOf(k.New()).Elem())
}

// FieldsOf returns what a section that is of no kind may say, in order.
func FieldsOf(t reflect.Type) []Field { return Spec{}.fieldsIn("", t) }

func (s Spec) fieldsIn(path string, t reflect.Type) []Field {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var out []Field
	for f := range t.Fields() {
		name := f.Tag.Get("yaml")
		if name == "" {
			continue
		}
		field := Field{Path: path + name, Help: s.FieldHelp(f)}
		own, _, _ := strings.Cut(f.Tag.Get("validate"), "dive") // what follows is about the elements
		rules := strings.Split(own, ",")
		field.Required = slices.Contains(rules, "required")
		for _, rule := range rules {
			if words, ok := strings.CutPrefix(rule, "oneof="); ok {
				field.OneOf = strings.Fields(words)
			}
		}
		out = append(append(out, field), s.fieldsIn(field.Path+".", f.Type)...)
	}
	return out
}

// FieldHelp is a sentence on the field of an entry: its tag help, what the kind says of its name, or what the name
// means in every kind.
func (s Spec) FieldHelp(f reflect.StructField) string {
	name := f.Tag.Get("yaml")
	return cmp.Or(f.Tag.Get("help"), s.Fields[name], commonHelp[name])
}

var commonHelp = map[string]string{
	"name":        "The name.",
	"project":     "The project that it is in; default when left out.",
	"description": "A note for people.",
	"state":       "present, which is the default, or absent.",
	"config":      "Configuration keys; an empty value takes a key away.",
	"devices":     "Devices by name, each with its type.",
}
