package rows

import (
	"crypto/subtle"
	"encoding/hex"

	"golang.org/x/crypto/scrypt"

	"clusterctl/schema"
)

const trustPasswordKey = "core.trust_password"

// The form in which LXD keeps core.trust_password: hex of a salt and of scrypt's result (lxd 5.0.2,
// lxd/cluster/config/config.go passwordSetter, lxd/util/http.go PasswordCheck).
const (
	saltBytes = 32
	keyBytes  = 64
	scryptN   = 1 << 14
	scryptR   = 8
	scryptP   = 1
)

// VerifyTrustPassword reports whether the hash, as the database keeps it, is that of the password. It takes about
// 50 ms. A hash in another form fits no password.
func VerifyTrustPassword(hash, plain string) bool {
	stored, err := hex.DecodeString(hash)
	if err != nil || len(stored) != saltBytes+keyBytes {
		return false
	}
	key, err := scrypt.Key([]byte(plain), stored[:saltBytes], scryptN, scryptR, scryptP, keyBytes)
	return err == nil && subtle.ConstantTimeCompare(key, stored[saltBytes:]) == 1
}

// CompareSecrets says of each secret server key that the database has whether it is the desired one, which secret gives
// by its name in schema.Preseed.Secrets. The error is why a desired one is not known; nothing is said of it then.
func CompareSecrets(facts schema.Facts, secret func(name string) (string, error)) (map[string]bool, error) {
	hash := facts.TrustPasswordHash.Reveal()
	if hash == "" {
		return nil, nil
	}
	want, err := secret(string(schema.KindServer) + "/" + trustPasswordKey)
	if err != nil {
		return nil, err
	}
	return map[string]bool{trustPasswordKey: VerifyTrustPassword(hash, want)}, nil
}
