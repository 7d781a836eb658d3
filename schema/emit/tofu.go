package emit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"clusterctl/schema"
)

// tofuState is what is read of the state of OpenTofu and Terraform, as version 4 of its format has it (`tofu state
// pull`).
type tofuState struct {
	Version   int             `json:"version"`
	Encrypted json.RawMessage `json:"encrypted_data"`
	Resources []tofuResource  `json:"resources"`
}

type tofuResource struct {
	Module    string `json:"module"`
	Mode      string `json:"mode"`
	Type      string `json:"type"`
	Name      string `json:"name"`
	Instances []struct {
		Key        any            `json:"index_key"`
		Deposed    string         `json:"deposed"`
		Attributes map[string]any `json:"attributes"`
		Sensitive  [][]tofuStep   `json:"sensitive_attributes"`
	} `json:"instances"`
}

// tofuStep is a step of the path to a value: {"type": "get_attr", "value": "config"}, then an index of it.
type tofuStep struct {
	Value any `json:"value"`
}

// ErrNotTofu is the error of a file that is no such state.
var ErrNotTofu = errors.New("this is no state of OpenTofu or Terraform in its version 4")

// FromTofu writes the preseed of what a state has of the providers for LXD (terraform-lxd/lxd 2.x) and Incus
// (lxc/incus 1.x): their attributes are called as LXD calls them, so the registry says what there is to take. Of
// several remotes one is to be named. A state knows members by their names alone. What is not taken over is named in
// comments.
func FromTofu(reg schema.Registry, data []byte, remote string) ([]byte, error) {
	var state tofuState
	if err := json.Unmarshal(data, &state); err != nil || state.Version != 4 && state.Encrypted == nil {
		return nil, ErrNotTofu
	}
	if state.Encrypted != nil {
		return nil, errors.New("the state is encrypted: let OpenTofu read it, and give what 'tofu state pull' prints")
	}
	t := tofu{reg: reg, entries: map[string]*tofuEntry{}, parts: map[string]map[string]yamlMap{},
		remotes: map[string]bool{}}
	for _, r := range state.Resources {
		t.resource(r, remote)
	}
	if names := slices.Sorted(maps.Keys(t.remotes)); remote == "" && len(names) > 1 {
		return nil, fmt.Errorf("the state is about several servers: name one of %s by --remote", strings.Join(names, ", "))
	}
	if len(t.entries) == 0 && len(t.config) == 0 {
		return nil, errors.New("the state has nothing of LXD or Incus that a preseed could say")
	}
	var w yamlWriter
	w.pairs(t.document(), "")
	return w.Bytes(), nil
}

// tofu carries what was found.
type tofu struct {
	reg     schema.Registry
	entries map[string]*tofuEntry
	order   []*tofuEntry
	config  map[string]any // of the server
	// parts are the keys of members' own, by member, empty for all of them, and by "ENTITY NAME".
	parts   map[string]map[string]yamlMap
	remotes map[string]bool
	left    []string
	// product is that of the provider whose resource is looked at.
	product string
}

// tofuEntry is an entry of a section, of one resource or, where each member has its own, of several.
type tofuEntry struct {
	kind   schema.Kind
	fields map[string]any
	config map[string]any
}

// elsewhere is how the providers call a kind, and a field of it, where they do not call it as the registry does.
var (
	elsewhere  = map[string]schema.KindName{"volume": schema.KindVolume, "server": schema.KindServer}
	fieldNames = map[string]string{"entry": "entries", "device": "devices", "source_network": "network",
		"source_project": "project", "storage_bucket": "bucket", "port": "ports", "backend": "backends"}
)

func (t *tofu) resource(r tofuResource, remote string) {
	product, name, _ := strings.Cut(r.Type, "_")
	if t.product = product; r.Mode != "managed" || product != "lxd" && product != "incus" {
		return
	}
	kind, known := t.reg.Kind(cmp.Or(elsewhere[name], schema.KindName(name)))
	known = known && kind.Lifecycle != schema.ReadOnly && kind.Lifecycle != schema.Imported
	for _, i := range r.Instances {
		of, _ := i.Attributes["remote"].(string)
		address := strings.TrimPrefix(r.Module+"."+r.Type+"."+r.Name, ".")
		switch {
		case i.Deposed != "" || remote != "" && of != remote:
		case !known:
			t.left = append(t.left, address)
		default:
			t.remotes[cmp.Or(of, "(the default one)")] = true
			t.instance(address, kind, i.Attributes, i.Sensitive)
		}
	}
}

func (t *tofu) instance(address string, kind schema.Kind, attributes map[string]any, sensitive [][]tofuStep) {
	if kind.Name == schema.KindVolume && attributes["type"] != nil && attributes["type"] != "custom" {
		t.left = append(t.left, address+": no custom volume")
		return
	}
	taken := t.fieldsOf(kind, attributes)
	if name := fmt.Sprintf("%v/%v", taken[kind.ParentKey], taken["name"]); kind.ParentKey != "" && kind.Internal != nil &&
		kind.Internal(schema.Object{Ref: schema.Ref{Kind: kind.Name, Name: name}}) {
		t.left = append(t.left, address+": the servers make it themselves")
		return
	}
	config, _ := taken["config"].(map[string]any)
	config = t.withoutSecrets(address, kind, taken, config, sensitive)
	t.unknown(address, kind, attributes, taken)
	member, _ := taken["target"].(string)
	if kind.Lifecycle == schema.Singleton {
		t.server(kind, member, config)
		return
	}
	e := t.entry(kind, taken)
	t.keys(e, member, taken, config)
	for _, f := range kind.EntryFields() {
		value := tofuValue(taken[f.Path])
		if text, _ := value.(string); f.Path == "image" {
			value = t.image(address, text)
		}
		ours := f.Path != "config" && f.Path != "state" && (f.Path != "target" || kind.Entity() == "")
		if ours && value != nil && e.fields[f.Path] == nil {
			e.fields[f.Path] = value
		}
	}
}

// keys takes the configuration: to the entry, or to the member that has a key of its own.
func (t *tofu) keys(e *tofuEntry, member string, taken, config map[string]any) {
	name, _ := taken["name"].(string)
	variant, _ := taken[e.kind.Variant].(string)
	for key, value := range config {
		rule, _ := e.kind.Rule(variant, key)
		switch own := e.kind.Entity() != "" && (member != "" || rule.Where == schema.OnMember); {
		case rule.Volatile:
		case own:
			t.part(member, e.kind, name, key, value)
		default:
			e.config[key] = value
		}
	}
	overrides, _ := taken["member_overrides"].(map[string]any)
	for of, override := range overrides {
		o, _ := override.(map[string]any)
		keys, _ := o["config"].(map[string]any)
		for key, value := range keys {
			t.part(of, e.kind, name, key, value)
		}
	}
}

// imageServers are what lxc and incus call these remotes where nobody says otherwise.
var imageServers = map[string]string{"lxd_ubuntu": "https://cloud-images.ubuntu.com/releases",
	"lxd_ubuntu-daily": "https://cloud-images.ubuntu.com/daily", "lxd_images": "https://images.lxd.canonical.com",
	"incus_images": "https://images.linuxcontainers.org"}

// image is what an instance was made of: an alias or fingerprint in the cluster, or one of a remote whose address is
// known.
func (t *tofu) image(address, text string) any {
	remote, alias, far := strings.Cut(text, ":")
	server := imageServers[t.product+"_"+remote]
	switch {
	case !far:
		return tofuValue(text)
	case server == "":
		t.left = append(t.left, address+": image "+text+", of a remote whose address a state does not say")
		return nil
	}
	return yamlMap{{"server", server}, {"protocol", "simplestreams"}, {"alias", alias}}
}

func (t *tofu) entry(kind schema.Kind, taken map[string]any) *tofuEntry {
	project := taken["project"]
	if project == nil {
		project = schema.DefaultProject
	}
	id := fmt.Sprintf("%s %q %q %q %q", kind.Name, project, taken["name"], taken[cmp.Or(kind.ParentKey, "-")],
		taken[cmp.Or(kind.NameKey, "-")])
	if t.entries[id] == nil {
		t.entries[id] = &tofuEntry{kind: kind, fields: map[string]any{}, config: map[string]any{}}
		t.order = append(t.order, t.entries[id])
	}
	return t.entries[id]
}

func (t *tofu) server(kind schema.Kind, member string, config map[string]any) {
	for key, value := range config {
		if rule, _ := kind.Rule("", key); rule.Where == schema.OnMember || member != "" {
			t.part(member, kind, "", key, value)
			continue
		}
		t.config = schema.With(t.config, key, value)
	}
}

// part notes a key that a member has of its own: of the server where there is no entity.
func (t *tofu) part(member string, kind schema.Kind, name, key string, value any) {
	text := tofuValue(value)
	if text == nil {
		return
	}
	of := kind.Entity() + " " + name
	t.parts[member] = schema.With(t.parts[member], of, append(t.parts[member][of], yamlPair{key, text}))
}
