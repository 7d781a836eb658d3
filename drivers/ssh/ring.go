package ssh

import (
	"context"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Ring keeps what somebody has typed, for all connections: encrypted keys that are open, and passwords for sudo. The
// zero value has none, and asks nobody.
type Ring struct {
	// Ask asks for what is named, "passphrase of FILE", until opens takes what is typed. It fails when nobody gives it.
	Ask func(ctx context.Context, what string, opens func(typed []byte) error) error

	mu     sync.Mutex
	opened map[string]opened
	// passwords are those for sudo, by user@host:port; last is the newest of each user.
	passwords, last map[string][]byte
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
	found.err = r.Ask(ctx, "passphrase of "+file, func(passphrase []byte) (err error) {
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
