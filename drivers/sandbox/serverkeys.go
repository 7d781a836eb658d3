package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/scrypt"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// serverKey is one key of the server configuration.
type serverKey struct {
	// local keys belong to one member.
	local bool
	// hidden values are shown as true.
	hidden bool
	// value is the default.
	value string
	check func(string) error
}

// serverKeys are the keys that LXD 5.0.2 knows, with its ranges and words (lxd/cluster/config, lxd/node/config).
var serverKeys = sync.OnceValue(func() map[string]serverKey {
	keys := map[string]serverKey{
		"cluster.max_voters": {value: "3", check: rule("Value must be an odd number equal to or higher than 3",
			func(n int) bool { return n >= 3 && n%2 == 1 })},
		"cluster.max_standby": {value: "2",
			check: rule("Value must be between 0 and 5", func(n int) bool { return n >= 0 && n <= 5 })},
		"cluster.offline_threshold": {value: "20",
			check: rule("Value must be greater than '10'", func(n int) bool { return n > 10 })},
		"cluster.images_minimal_replica": {value: "3",
			check: rule("Invalid value for image replica count", func(n int) bool { return n >= 1 || n == -1 })},
		"cluster.join_token_expiry":      {value: "3H", check: checkExpiry},
		"core.remote_token_expiry":       {check: checkExpiry},
		"core.trust_password":            {hidden: true},
		"core.shutdown_timeout":          {value: "5", check: rule("", anyNumber)},
		"core.bgp_asn":                   {},
		"images.auto_update_interval":    {value: "6", check: rule("", anyNumber)},
		"images.remote_cache_expiry":     {value: "10", check: rule("", anyNumber)},
		"images.auto_update_cached":      {value: "true", check: checkBool},
		"images.compression_algorithm":   {value: "gzip", check: checkCompression},
		"backups.compression_algorithm":  {value: "gzip", check: checkCompression},
		"core.metrics_authentication":    {value: "true", check: checkBool},
		"core.trust_ca_certificates":     {value: "false", check: checkBool},
		"core.https_allowed_credentials": {value: "false", check: checkBool},
		"instances.nic.host_name":        {value: "random"},
		"network.ovn.integration_bridge": {value: "br-int"},
		"network.ovn.northbound_connection": {
			value: "unix:/var/run/ovn/ovnnb_db.sock"},
	}
	for _, key := range []string{"core.https_allowed_headers", "core.https_allowed_methods", "core.https_allowed_origin",
		"core.https_trusted_proxy", "core.proxy_http", "core.proxy_https", "core.proxy_ignore_hosts",
		"images.default_architecture", "maas.api.key", "maas.api.url", "candid.api.key", "candid.api.url", "candid.domains",
		"candid.expiry", "rbac.agent.url", "rbac.agent.username", "rbac.agent.private_key", "rbac.agent.public_key",
		"rbac.api.expiry", "rbac.api.key", "rbac.api.url", "rbac.expiry"} {
		keys[key] = serverKey{}
	}
	for _, key := range []string{"core.https_address", "cluster.https_address", "core.bgp_address", "core.bgp_routerid",
		"core.debug_address", "core.dns_address", "core.metrics_address", "maas.machine", "storage.backups_volume",
		"storage.images_volume"} {
		keys[key] = serverKey{local: true}
	}
	return keys
})

func anyNumber(int) bool { return true }

func rule(text string, fine func(int) bool) func(string) error {
	return func(value string) error {
		n, err := strconv.Atoi(value)
		if err != nil {
			return errors.New("invalid integer")
		}
		if !fine(n) {
			return errors.New(text)
		}
		return nil
	}
}

func checkBool(value string) error {
	switch strings.ToLower(value) {
	case "true", "false", "1", "0", "yes", "no", "on", "off":
		return nil
	}
	return errors.New("invalid boolean")
}

func checkCompression(value string) error {
	program, _, _ := strings.Cut(value, " ")
	if !slices.Contains([]string{"none", "gzip", "bzip2", "lzma", "xz", "zstd", "squashfs", "tar2sqfs", "pigz", "lz4"},
		program) {
		return fmt.Errorf("Invalid compression algorithm %q", value)
	}
	return nil
}

var expiryPattern = regexp.MustCompile(`^\s*([0-9]+[SMHdwmy]\s*)+$`)

func checkExpiry(value string) error {
	if !expiryPattern.MatchString(value) {
		return errors.New("Invalid expiry expression")
	}
	return nil
}

// checkServerKey refuses unknown keys and values out of range.
func checkServerKey(s layout.Server, key, value string) error {
	k, known := serverKeys()[key]
	if s.Document() != nil {
		_, known = s.Lists(schema.KindServer, "", key)
	}
	if !known && !strings.HasPrefix(key, "user.") {
		return strange(http.StatusBadRequest, "cannot set '%s' to '%s': unknown key", key, value)
	}
	if k.check == nil || value == "" {
		return nil
	}
	if err := k.check(value); err != nil {
		return fail(http.StatusBadRequest, "cannot set '%s' to '%s': %v", key, value, err)
	}
	return nil
}

func wildcardAddress(address string) bool {
	host, _, err := net.SplitHostPort(canonical(address))
	return err == nil && wildcard(host)
}

// The parameters with which LXD keeps the trust password.
const (
	scryptSalt = 32
	scryptSize = 64
)

// passwordHash returns salt and hash in hex, as the table config holds the trust password.
func passwordHash(password string) string {
	salt := make([]byte, scryptSalt)
	_, _ = rand.Read(salt) // never fails, says its documentation
	return hex.EncodeToString(append(salt, derive(password, salt)...))
}

func derive(password string, salt []byte) []byte {
	key, err := scrypt.Key([]byte(password), salt, 1<<14, 8, 1, scryptSize)
	if err != nil {
		panic(err) // the constants above are wrong
	}
	return key
}

// passwordFits reports whether the password is the one of that hash.
func passwordFits(password, hashed string) bool {
	raw, err := hex.DecodeString(hashed)
	if err != nil || len(raw) != scryptSalt+scryptSize {
		return false
	}
	return string(derive(password, raw[:scryptSalt])) == string(raw[scryptSalt:])
}
