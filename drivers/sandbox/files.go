package sandbox

import (
	"fmt"
	"os"
	"strings"
)

// identity makes the key with which clients come over SSH, and returns the line for authorized_keys.
func (w *World) identity() ([]byte, error) {
	key, err := sshKey(w.path("id_ed25519"))
	if err != nil {
		return nil, err
	}
	return publicKey(key)
}

// writeKnownHosts writes the host keys of all SSH servers in the format of known_hosts.
func (w *World) writeKnownHosts() error {
	var text strings.Builder
	for _, m := range w.members {
		key, err := sshKey(w.path("members", m.label, "ssh_host_key"))
		if err != nil {
			return err
		}
		public, err := publicKey(key)
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "[127.0.0.1]:%d %s", port(m.sshListener), public)
	}
	return os.WriteFile(w.path("known_hosts"), []byte(text.String()), 0o600)
}
