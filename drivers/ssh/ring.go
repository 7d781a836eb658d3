package ssh

import (
	"context"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Ring keeps encrypted keys that somebody has opened, for all connections. The zero value has none, and asks nobody.
type Ring struct {
	// Ask asks for the passphrase of the key in a file until opens takes one. It fails when nobody gives it.
	Ask func(ctx context.Context, file string, opens func(passphrase []byte) error) error

	mu     sync.Mutex
	opened map[string]opened
}

// opened is a key, or why there is none: nobody is asked twice.
type opened struct {
	key ssh.Signer
	err error
}

// open opens the key that a file has as text. It is false where nobody can be asked.
func (r *Ring) open(ctx context.Context, file string, text []byte) (ssh.Signer, bool, error) {
	if r == nil || r.Ask == nil {
		return nil, false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.opened[file]; ok {
		return known.key, true, known.err
	}
	var found opened
	found.err = r.Ask(ctx, file, func(passphrase []byte) (err error) {
		found.key, err = ssh.ParsePrivateKeyWithPassphrase(text, passphrase)
		return err
	})
	if r.opened == nil {
		r.opened = map[string]opened{}
	}
	r.opened[file] = found
	return found.key, true, found.err
}

// Unlock asks for the passphrases that connecting to a server will need, if any: before the time for it runs. What goes
// wrong is told when it is connected to.
func Unlock(ctx context.Context, c Config) {
	hosts, err := resolve(c)
	if err != nil || c.Ring == nil || c.Ring.Ask == nil {
		return
	}
	for _, h := range hosts {
		if l, err := h.login(ctx); err == nil {
			l.close()
		}
	}
}
