package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"clusterctl/schema"
)

// version is what the running daemon is.
func (m *member) version() string {
	if m.Upgraded {
		return m.world.server.Next
	}
	return m.world.server.Version
}

// extensions are those of the running daemon. The ones that came after the first version have made-up names.
func (m *member) extensions() []string {
	list := m.world.server.Extensions
	if m.Upgraded {
		return fit(list, max(len(list), m.Installed))
	}
	return list
}

func serverRoutes() []route {
	return []route{
		{"GET", "/1.0", untrusted, atTarget, serverGet},
		{"PUT", "/1.0", trustClient, atTarget, with(serverChange)},
		{"PATCH", "/1.0", trustClient, atTarget, with(serverChange)},
	}
}

// serverGet shows little to who is not trusted, and no configuration.
func serverGet(c *call) (reply, error) {
	view := map[string]any{"api_status": "stable", "api_version": "1.0", "auth": "untrusted", "public": false,
		"auth_methods": []string{"tls"}, "api_extensions": c.at.extensions()}
	if c.trust < trustClient {
		return ok(view)
	}
	config := c.shownConfig()
	begun, entering := c.world.faults.strike(FaultJoining, c.at)
	c.at.entering, c.at.named = entering, entering && begun.Stage == "named"
	view["auth"], view["config"], view["environment"] = "trusted", config, c.dress("/1.0 environment", c.at.NodeID,
		c.environment(config))
	return reply{metadata: c.dress("/1.0", c.at.NodeID, view), etag: config}, nil
}

// shownConfig is the server configuration as the API shows it: the member's own keys and the cluster's, without
// those that have their default; secrets only as true.
func (c *call) shownConfig() map[string]any {
	shown := map[string]any{}
	for key, value := range overlay(c.tx.pairs("SELECT key,value FROM config"), c.local()) {
		switch k := serverKeys()[key]; {
		case k.hidden || c.world.server.Does("hides", key):
			shown[key] = true
		case value != k.value || c.world.server.Does("shows stored", c.name()):
			shown[key] = value
		}
	}
	return shown
}

// nobody is what a member is called that is in no cluster, in the table of members.
const nobody = "none"

func (c *call) environment(config map[string]any) map[string]any {
	addresses := []string{}
	if a, ok := config["core.https_address"].(string); ok {
		addresses = append(addresses, canonical(a))
	}
	raft, _ := c.at.raftNodes(c.Context()) // without them it is in none
	return map[string]any{
		"addresses": addresses, "architectures": []string{"x86_64", "i686"}, "certificate": string(c.at.pair().certPEM),
		"certificate_fingerprint": c.at.pair().fingerprint(), "driver": "lxc", "driver_version": "5.0.2",
		"firewall": "nftables",
		"kernel":   "Linux", "kernel_architecture": "x86_64", "kernel_version": "6.1.0", "os_name": "Debian GNU/Linux",
		"os_version": "12", "project": c.project(), "server": string(c.world.server.Product),
		"server_clustered":  (c.at.cluster.clustered || c.at.named || len(raft) > 0) && !c.at.Unaware,
		"server_event_mode": "full-mesh", "server_name": cmp.Or(c.at.ServerName, c.at.Label),
		"server_pid":     1 + c.at.starts,
		"server_version": c.at.version(),
		"storage":        "", "storage_version": "", "storage_supported_drivers": supportedDrivers(),
	}
}

// serverChange lays the given keys over the configuration. A PUT resets the other known keys, but never user.*
// (lxd 5.0.2, measured).
func serverChange(c *call, body struct{ Config map[string]any }) (reply, error) {
	shown := c.shownConfig()
	if err := c.checkETag(shown); err != nil {
		return reply{}, err
	}
	changes, err := textConfig(body.Config)
	if err != nil {
		return reply{}, err
	}
	if c.Method == http.MethodPut {
		for key := range shown {
			if _, given := body.Config[key]; !given && !strings.HasPrefix(key, "user.") {
				changes[key] = ""
			}
		}
	}
	return c.storeServer(changes)
}

// textConfig takes the values as texts. The value true of a secret means that it stays.
func textConfig(config map[string]any) (map[string]string, error) {
	out := map[string]string{}
	for _, key := range sortedKeys(config) {
		switch value := config[key].(type) {
		case string:
			out[key] = value
		case bool:
			if value && serverKeys()[key].hidden {
				continue
			}
			return nil, fail(http.StatusBadRequest, "cannot set '%s': invalid type bool", key)
		default:
			return nil, fail(http.StatusBadRequest, "cannot set '%s': invalid type %T", key, value)
		}
	}
	return out, nil
}

func (c *call) storeServer(changes map[string]string) (reply, error) {
	local := c.local()
	if address, changed := changes["cluster.https_address"]; changed && c.at.cluster.clustered &&
		address != local["cluster.https_address"] {
		return reply{}, fmt.Errorf("Changing cluster.https_address is currently not supported")
	}
	stored, mine := c.tx.pairs("SELECT key,value FROM config"), map[string]string{}
	for _, key := range sortedKeys(changes) {
		value := changes[key]
		if err := checkServerKey(c.world.server, key, value); err != nil {
			return reply{}, err
		}
		rule, _ := c.world.server.Lists(schema.KindServer, "", key)
		switch k := serverKeys()[key]; {
		case k.local || rule.Where == schema.OnMember:
			mine[key] = value
			if err := c.checkServerVolume(key, value, local[key]); err != nil {
				return reply{}, err
			}
		case k.hidden && value != "":
			c.tx.set(key, passwordHash(value))
		default: // one that goes back to its default keeps a row (measured)
			if value = cmp.Or(value, k.value); value != cmp.Or(stored[key], k.value) {
				c.tx.set(key, value)
			}
		}
	}
	if err := c.world.free(c, mine); err != nil {
		return reply{}, err
	}
	return done(c.at.setLocal(c.Context(), mine))
}

// serverVolumes are the keys that name a volume, which must be there on the member; collections-volumes.sql has them,
// too.
var serverVolumes = []string{"storage.backups_volume", "storage.images_volume"}

func (c *call) checkServerVolume(key, value, before string) error {
	if !slices.Contains(serverVolumes, key) || value == "" || value == before {
		return nil
	}
	pool, name, ok := strings.Cut(value, "/")
	if !ok {
		return fmt.Errorf("Failed validation of %q: Invalid syntax for volume, must be <pool>/<volume>", key)
	}
	if c.tx.number(`SELECT count(*) FROM storage_volumes v JOIN storage_pools s ON s.id=v.storage_pool_id WHERE v.type=2
		AND v.project_id=1 AND s.name=? AND v.name=? AND IFNULL(v.node_id,0) IN (0,?)`, pool, name, c.at.NodeID) == 0 {
		return fail(http.StatusNotFound,
			"Failed validation of %q: Failed loading storage volume %q in \"default\" project: Storage volume not found", key,
			value)
	}
	return nil
}

// free refuses to listen on an address that another member of the world has.
func (w *World) free(c *call, changes map[string]string) error {
	for _, key := range []string{"core.https_address", "cluster.https_address"} {
		address := canonical(changes[key])
		if address == "" || wildcardAddress(address) {
			continue
		}
		if m := w.at(c.Context(), address); m != nil && m != c.at && !m.listensEverywhere(c) {
			return fmt.Errorf("Cannot listen on network HTTPS socket %q: listen tcp %s: bind: cannot assign requested address",
				address, address)
		}
	}
	return nil
}

func (m *member) listensEverywhere(c *call) bool {
	config, err := m.config(c.Context())
	return err == nil && wildcardAddress(canonical(config["core.https_address"]))
}

// set stores a key of the configuration; an empty value removes it.
func (t *tx) set(key, value string) {
	t.exec("DELETE FROM config WHERE key=?", key)
	if value != "" {
		t.exec("INSERT INTO config (key,value) VALUES (?,?)", key, value)
	}
}
