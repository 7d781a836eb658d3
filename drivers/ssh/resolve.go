package ssh

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/kevinburke/ssh_config"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// maxJumps limits the jump hosts on the way, and with that a configuration that goes round in circles.
const maxJumps = 8

// resolver fills what the preseed leaves open from the user's configuration file.
type resolver struct {
	Config
	file   string
	config *ssh_config.Config
}

// resolve returns the servers of the way, the jump hosts first.
func resolve(c Config) ([]host, error) {
	r := resolver{Config: c, file: c.ConfigFile}
	if r.file == "" {
		r.file = filepath.Join(c.Home, ".ssh", "config")
	}
	text, err := drivers.ReadFile(r.path(r.file))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the SSH configuration: %w", err)
	}
	if r.config, err = ssh_config.DecodeBytes(text); err != nil {
		return nil, fmt.Errorf("reading the SSH configuration %s: %w", r.file, err)
	}
	return r.way(c.SSH, 0)
}

// way returns the jump hosts of target and target itself.
func (r resolver) way(target schema.SSH, depth int) ([]host, error) {
	if depth > maxJumps {
		return nil, fmt.Errorf("the way to %s has more than %d jump hosts; does a ProxyJump in %s lead back to itself?",
			target.Host, maxJumps, r.file)
	}
	end, err := r.host(target)
	if err != nil {
		return nil, err
	}
	jump := target.Jump
	if jump == "" {
		jump = r.get(target.Host, "ProxyJump")
	}
	if command := r.get(target.Host, "ProxyCommand"); jump == "" && command != "" && command != "none" {
		return nil, fmt.Errorf("ProxyCommand for %s in %s is not supported; use ProxyJump, or jump in the preseed",
			target.Host, r.file)
	}
	if jump == "" || jump == "none" {
		return []host{end}, nil
	}
	// In "a,b" b is reached through a, and a as its own configuration says.
	before, nearest := "", jump
	if i := strings.LastIndex(jump, ","); i >= 0 {
		before, nearest = jump[:i], jump[i+1:]
	}
	hop, err := parseJump(nearest)
	if err != nil {
		return nil, err
	}
	hop.Jump, hop.KnownHosts, hop.IdentityFile = before, target.KnownHosts, target.IdentityFile
	hop.OwnKnownHosts, hop.TrustOnFirstUse = target.OwnKnownHosts, target.TrustOnFirstUse
	way, err := r.way(hop, depth+1)
	if err != nil {
		return nil, err
	}
	return append(way, end), nil
}

// parseJump reads ssh://user@host:port or user@host:port.
func parseJump(text string) (schema.SSH, error) {
	full := strings.TrimSpace(text)
	if !strings.Contains(full, "://") {
		full = "ssh://" + full
	}
	u, err := url.Parse(full)
	if err != nil || u.Scheme != "ssh" || u.Hostname() == "" || (u.Path != "" && u.Path != "/") {
		return schema.SSH{}, fmt.Errorf("the jump host %q is not of the form ssh://user@host:port", text)
	}
	port := 0
	if u.Port() != "" {
		port, _ = strconv.Atoi(u.Port()) // url.Parse accepts digits only
	}
	return schema.SSH{Host: u.Hostname(), User: u.User.Username(), Port: port}, nil
}

// host fills in one server.
func (r resolver) host(s schema.SSH) (host, error) {
	if s.Host == "" {
		return host{}, errors.New("no host is given")
	}
	h := host{name: s.Host, user: s.User, port: s.Port, home: r.Home, agentSocket: r.AgentSocket, ring: r.Ring}
	if name := r.get(s.Host, "HostName"); name != "" {
		h.name = strings.ReplaceAll(name, "%h", s.Host)
	}
	if h.user == "" {
		h.user = r.get(s.Host, "User")
	}
	if h.user == "" {
		h.user = "root"
	}
	if text := r.get(s.Host, "Port"); h.port == 0 && text != "" {
		h.port, _ = strconv.Atoi(text) // checked below
	} else if h.port == 0 {
		h.port = 22
	}
	if h.port < 1 || h.port > 65535 {
		return host{}, fmt.Errorf("the SSH port of %s is not between 1 and 65535", s.Host)
	}
	h.identity = r.path(s.IdentityFile)
	h.identities = r.identities(s, h)
	h.onlyIdentity = r.get(s.Host, "IdentitiesOnly") == "yes"
	if !schema.HostName(h.name) {
		return host{}, fmt.Errorf("%q is no name or address of a host", h.name)
	}
	h.keys = r.hostKeys(s)
	return h, nil
}

// hostKeys returns the files with the host keys. That of a preseed stands for those of the person, unless the command
// line speaks of these.
func (r resolver) hostKeys(s schema.SSH) hostKeys {
	own := r.ownKnownHosts(s)
	k := hostKeys{files: slices.Concat(own, []string{"/etc/ssh/ssh_known_hosts"})}
	if s.KnownHosts != "" {
		k.files = []string{r.path(s.KnownHosts)}
	}
	if s.KnownHosts != "" && (s.TrustOnFirstUse || s.OwnKnownHosts != "") {
		k.files = append(k.files, own...)
	}
	if s.TrustOnFirstUse {
		k.first = own[0]
	}
	return k
}

func (r resolver) identities(s schema.SSH, h host) []string {
	names, err := r.config.GetAll(s.Host, "IdentityFile")
	if err != nil {
		return nil // see get
	}
	var out []string
	for _, name := range names {
		name = strings.NewReplacer("%h", h.name, "%r", h.user, "%d", r.Home, "%%", "%").Replace(name)
		if path := r.path(name); path != h.identity && !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	return out
}

// ownKnownHosts are the files of whoever runs this, at least one.
func (r resolver) ownKnownHosts(s schema.SSH) []string {
	if s.OwnKnownHosts != "" {
		return []string{r.path(s.OwnKnownHosts)}
	}
	names := strings.Fields(r.get(s.Host, "UserKnownHostsFile"))
	if len(names) == 0 {
		names = []string{"~/.ssh/known_hosts"}
	}
	return schema.Map(names, r.path)
}

// get returns the first value of the configuration for that host, empty when there is none.
func (r resolver) get(alias, key string) string {
	value, err := r.config.Get(alias, key)
	if err != nil {
		return "" // only a broken Include fails, and DecodeBytes has refused that before
	}
	return strings.Trim(value, `"`)
}

// path puts the home folder in for ~.
func (r resolver) path(name string) string {
	name = strings.Trim(name, `"`)
	if name == "~" || strings.HasPrefix(name, "~/") {
		return filepath.Join(r.Home, name[1:])
	}
	return name
}
