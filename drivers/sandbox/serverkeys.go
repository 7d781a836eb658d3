package sandbox

import (
	"crypto/rand"
	_ "embed" // for the keys
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/scrypt"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// serverKey is one key of the server configuration.
type serverKey struct {
	// local keys belong to one member; hidden values are shown as true; number ones are numbers.
	local, hidden, number bool
	// value is the default, form what values look like, and words what is said of others.
	value, form, words string
}

//go:embed serverkeys.tsv
var serverKeyLines string

var serverKeys = sync.OnceValue(func() map[string]serverKey {
	keys := map[string]serverKey{}
	for _, c := range layout.Table(serverKeyLines) {
		keys[c[0]] = serverKey{c[1] == "local", c[1] == "hidden", c[1] == "number", c[2], c[3], c[4]}
	}
	return keys
})

func (k serverKey) check(value string) error {
	if _, err := strconv.Atoi(value); k.number && err != nil {
		return errors.New("invalid integer")
	}
	if !regexp.MustCompile(k.form).MatchString(value) {
		return errors.New(strings.ReplaceAll(k.words, "%q", strconv.Quote(value)))
	}
	return nil
}

func checkBool(value string) error {
	switch strings.ToLower(value) {
	case "true", "false", "1", "0", "yes", "no", "on", "off":
		return nil
	}
	return errors.New("invalid boolean")
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
	if value == "" {
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
