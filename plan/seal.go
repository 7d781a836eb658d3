package plan

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Sign puts a seal on the plan that only a holder of the key can make.
func (p *Plan) Sign(key []byte) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	rest, _, err := unsealed(data)
	p.Seal = sealOf(rest, key)
	return err
}

// Open reads a saved plan. Sealed reports that a holder of the key made it, and that no byte that counts has changed.
func Open(data, key []byte) (p *Plan, sealed bool, err error) {
	rest, seal, err := unsealed(data)
	if err != nil {
		return nil, false, fmt.Errorf("reading a plan: %w", err)
	}
	p = new(Plan)
	// What is read is what the seal was made of: a key that the file has twice cannot be two things.
	if err := json.Unmarshal(rest, p); err != nil {
		return nil, false, err
	}
	p.Seal = seal
	return p, len(key) > 0 && hmac.Equal([]byte(seal), []byte(sealOf(rest, key))), nil
}

// unsealed takes the seal off a plan's JSON and returns the rest, in one spelling.
func unsealed(data []byte) (rest []byte, seal string, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, "", err
	}
	_ = json.Unmarshal(fields["seal"], &seal) // none, or none that fits
	delete(fields, "seal")
	rest, err = json.Marshal(fields)
	return rest, seal, err
}

// sealOf is the HMAC-SHA256 of a plan's JSON, in hex.
func sealOf(rest, key []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte("clusterctl plan\n")) // never fails
	_, _ = mac.Write(rest)
	return hex.EncodeToString(mac.Sum(nil))
}
