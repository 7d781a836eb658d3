package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
)

// identity makes the keys that clients use, SSH and TLS, and returns the line for authorized_keys.
func (w *World) identity() ([]byte, error) {
	key, err := sshKey(w.path("id_ed25519"))
	if err != nil {
		return nil, err
	}
	pair, err := loadKeyPair(w.dir, "client")
	if err == nil && pair == nil {
		if pair, err = newKeyPair("sandbox-client", true); err == nil {
			err = pair.write(w.dir, "client")
		}
	}
	if err != nil {
		return nil, err
	}
	return publicKey(key)
}

// writeKnownHosts writes the host keys of all SSH servers in the format of known_hosts.
func (w *World) writeKnownHosts() error {
	var text strings.Builder
	var errs []error
	for _, m := range w.members {
		key, err := sshKey(w.path("members", m.label, "ssh_host_key"))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		public, err := ssh.NewPublicKey(key.Public())
		if err != nil {
			errs = append(errs, err)
			continue
		}
		fmt.Fprintf(&text, "[127.0.0.1]:%d %s", port(m.sshListener), ssh.MarshalAuthorizedKey(public))
	}
	return errors.Join(append(errs, os.WriteFile(w.path("known_hosts"), []byte(text.String()), 0o600))...)
}

// Overlay is the name of the preseed fragment in the world's folder that says how to reach its members.
const Overlay = "connections.yaml"

// writeOverlay writes the connections of all members as a preseed fragment. It goes beside any preseed whose members
// have the same names.
func (w *World) writeOverlay() error {
	var text strings.Builder
	text.WriteString("# how to reach the members of the sandbox\nmembers:\n")
	for _, info := range w.Members() {
		fmt.Fprintf(&text, "- name: %q\n  connection:\n    ssh:\n      host: %s\n      port: %d\n      user: root\n      identity_file: %q\n      known_hosts: %q\n      socket: %s\n",
			info.Name, info.SSHHost, info.SSHPort, info.IdentityFile, info.KnownHosts, info.Socket)
	}
	return os.WriteFile(w.path(Overlay), []byte(text.String()), 0o600)
}
