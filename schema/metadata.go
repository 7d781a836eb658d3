package schema

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Metadata is which keys a server lists as its own at /1.0/metadata/configuration: LXD from 5.18 on, and Incus.
type Metadata struct {
	// Server is whose list it is; unknown where that was not written down.
	Server Flavour
	// Keys has the rules by the kind whose config: they are for, those of devices as TableDevices.
	Keys map[KindName][]KeyRule
}

// TableDevices stands for devices among the kinds in [Metadata].
const TableDevices KindName = "device"

// Table is the kind under whose name the keys of this one are listed: profiles have those of instances.
func (s Spec) Table() KindName {
	if s.Name == KindProfile {
		return KindInstance
	}
	return s.Name
}

// ReadMetadata reads the list as the server gives it, or as [Metadata.Document] writes it.
func ReadMetadata(data []byte) (Metadata, error) {
	var document struct {
		Server  string `json:"server"`
		Configs map[string]map[string]struct {
			Keys []map[string]struct {
				Type  string `json:"type"`
				Scope string `json:"scope"`
				Help  string `json:"shortdesc"`
			} `json:"keys"`
		} `json:"configs"`
	}
	if err := json.Unmarshal(data, &document); err != nil {
		return Metadata{}, fmt.Errorf("reading the list of keys: %w", err)
	}
	if len(document.Configs) == 0 {
		return Metadata{}, fmt.Errorf("reading the list of keys: it has none, as configs")
	}
	out := Metadata{Keys: map[KindName][]KeyRule{}}
	if product, version, ok := strings.Cut(document.Server, "-"); ok {
		out.Server = Flavour{Product: Product(product), Version: version}
	}
	for entity, sections := range document.Configs {
		for section, listed := range sections {
			kind, variant := placeOfKeys(entity, section)
			for _, keys := range listed.Keys {
				for key, said := range keys {
					rule := KeyRule{Key: anyName.ReplaceAllString(key, "*"), Computed: true, Type: listedTypes[said.Type],
						Secret: secretKey.MatchString(key), Help: said.Help}
					if said.Scope == "local" {
						rule.Where = OnMember
					}
					if variant != "" {
						rule.For = []string{variant}
					}
					out.Keys[kind] = append(out.Keys[kind], rule)
				}
			}
		}
	}
	return out, nil
}

// anyName is a part of a listed key that stands for any name: NAME, {name}, <name>.
var anyName = regexp.MustCompile(`\{[^}]*\}|<[^>]*>|\b[A-Z][A-Z_]+\b`)

// secretKey are names of keys whose values are better not shown: the lists do not say.
var secretKey = regexp.MustCompile(`(password|secret|token|private_key|client_key|hmac)$`)

var listedTypes = map[string]ValueType{"bool": Bool, "integer": Int, "int": Int}

// placeOfKeys says for which kind, and which driver or type of it, a section of the list is.
func placeOfKeys(entity, section string) (kind KindName, variant string) {
	entity, section = strings.ReplaceAll(entity, "_", "-"), strings.ReplaceAll(section, "_", "-")
	first, rest, _ := strings.Cut(entity, "-")
	switch {
	case strings.HasSuffix(section, "-properties"): // fields, no keys
		return "", ""
	case entity == "cluster" && section == "cluster":
		return KindMember, ""
	case entity == "cluster-group":
		return KindGroup, ""
	case entity == "server" || entity == "project" || entity == "instance":
		return KindName(entity), ""
	case entity == "network-zone" || entity == "network-forward":
		return KindName(first + "_" + rest), ""
	case first == "network" && slices.Contains([]string{"bridge", "macvlan", "sriov", "ovn", "physical"}, rest):
		return KindNetwork, rest
	case strings.HasPrefix(rest, "volume-") || section == "volume-conf":
		return KindVolume, ""
	case first == "storage" && section != "bucket-conf" && !strings.HasPrefix(rest, "bucket-"):
		return KindStoragePool, rest
	case entity == "devices":
		return TableDevices, deviceVariant(section)
	case first == "device":
		return TableDevices, deviceVariant(rest)
	}
	return "", ""
}

func deviceVariant(name string) string {
	kind, rest, _ := strings.Cut(name, "-")
	switch {
	case kind == "nic" || kind == "gpu":
		return kind + "." + rest
	case name == "unix-usb":
		return "usb"
	}
	return name
}

// The forms below are those in which two spellings of a value mean the same: the daemon stores what it was given, or
// one of them.

// DefaultPort is what LXD and Incus add to an address without port (lxd 5.0.2, lxd/util/net.go
// CanonicalNetworkAddress).
const DefaultPort = "8443"

var hostWord = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// AddressForm is HOST:PORT of an address: with the port that daemons add, IPv6 in its short form. What is no address
// stays as it is.
func AddressForm(text string) string {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.Trim(text, "[]"), DefaultPort
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return net.JoinHostPort(ip.Unmap().String(), port)
	}
	if !hostWord.MatchString(host) {
		return text
	}
	return net.JoinHostPort(strings.ToLower(host), port)
}

// ListForm is a comma separated list without blanks around its items, with IP addresses, networks and ranges of them in
// their short form (lxd 5.0.2, shared/api/network_acl.go and network_forward.go Normalise).
func ListForm(text string) string {
	items := strings.Split(text, ",")
	for i, item := range items {
		first, last, isRange := strings.Cut(strings.TrimSpace(item), "-")
		items[i] = ipForm(first)
		if isRange {
			items[i] += "-" + ipForm(last)
		}
	}
	return strings.Join(items, ",")
}

func ipForm(text string) string {
	host, size, network := strings.Cut(text, "/")
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Is4In6() {
		return text
	}
	if network {
		return ip.String() + "/" + size
	}
	return ip.String()
}
