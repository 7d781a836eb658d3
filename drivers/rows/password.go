package rows

import (
	"crypto/subtle"
	"encoding/hex"

	"golang.org/x/crypto/scrypt"
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
