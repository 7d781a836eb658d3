//go:build linux

package lab

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"
)

// sshdConfig lets root in with the lab's key and lets clients reach the daemon's socket. StrictModes would refuse a key
// file below a folder that everybody may write to. A bash that sshd starts reads root's .bashrc, whatever the machine
// has there and however long that takes, unless SHLVL says that another shell has done so.
const sshdConfig = `Port 22
HostKey %s
AuthorizedKeysFile %s
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
AllowStreamLocalForwarding yes
MaxStartups 50
SetEnv SHLVL=2
`

// sshdScript starts the server in its private mount namespace, where the machine's accounts are the member's.
const sshdScript = `mount --bind "$0" "$1"
for file in passwd shadow sudoers.d; do
	if test -e "/etc/$file"; then mount --bind "$2/$file" "/etc/$file"; fi
done
exec /usr/sbin/sshd -D -e -f "$2/sshd_config"`

// SudoUser logs in as root does, and becomes root by sudo only. AskedUser does too, but is asked for AskedPassword.
const (
	SudoUser      = "ops"
	AskedUser     = "asked"
	AskedPassword = "two words"
	askedHash     = "$6$clusterctl$tM3PKwyRu4lhld6r1KeKc2RdLBLihYHlxmRibCpIgfuOS/MYqcMqi4vYwxcBIgaLDl43X7N4E5V//hg/wXu5X."
)

// writeAccounts makes the member's accounts: those of this machine and the two for sudo.
func (m *Member) writeAccounts() error {
	accounts := map[string]string{
		"passwd": SudoUser + ":x:64001:64001::/:/bin/sh\n" + AskedUser + ":x:64002:64002::/:/bin/sh\n",
		"shadow": SudoUser + ":*:20000::::::\n" + AskedUser + ":" + askedHash + ":20000::::::\n",
	}
	modes := map[string]os.FileMode{"passwd": 0o644, "shadow": 0o600}
	for name, line := range accounts {
		text, err := os.ReadFile("/etc/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(m.file(name), append(text, line...), modes[name]); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(m.file("sudoers.d"), 0o755); err != nil {
		return err
	}
	rules := SudoUser + " ALL=(root) NOPASSWD: ALL\n" + AskedUser + " ALL=(root) ALL\n"
	return os.WriteFile(m.file("sudoers.d/lab"), []byte(rules), 0o440)
}

// writeKeys makes the key that logs in everywhere, the members' host keys, and known_hosts.
func (l *Lab) writeKeys() error {
	public, err := writeKey(l.SSHKey())
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(l.Folder, "authorized_keys"), public, 0o644); err != nil {
		return err
	}
	var known bytes.Buffer
	for _, m := range l.Members {
		if err := os.MkdirAll(m.folder, 0o755); err != nil {
			return err
		}
		public, err := writeKey(m.file("hostkey"))
		if err != nil {
			return err
		}
		fmt.Fprintf(&known, "%s %s", m.Address, public)
	}
	return os.WriteFile(l.KnownHosts(), known.Bytes(), 0o644)
}

// startSSH starts the server. Those who log in find the daemon where they expect it: its state folder is also in the
// place where the package has it, in the server's private mount namespace.
func (m *Member) startSSH(ctx context.Context) error {
	// Debian's sshd wants this folder even where it does not separate privileges in it; the system makes it at boot.
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		return err
	}
	config := fmt.Sprintf(sshdConfig, m.file("hostkey"), filepath.Join(m.lab.Folder, "authorized_keys"))
	if err := os.WriteFile(m.file("sshd_config"), []byte(config), 0o644); err != nil {
		return err
	}
	if err := m.writeAccounts(); err != nil {
		return err
	}
	started, err := m.start(ctx, "sshd.log", "sh", "-ec", sshdScript, m.StateDir, m.lab.Kind.stateDir(), m.folder)
	if err != nil {
		return fmt.Errorf("starting the SSH server of member %d: %w", m.Number, err)
	}
	m.sshd = started
	return nil
}

// writeKey writes a new private key and returns the public one as a line of authorized_keys.
func writeKey(path string) ([]byte, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making an SSH key: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return nil, fmt.Errorf("making an SSH key: %w", err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("making an SSH key: %w", err)
	}
	return ssh.MarshalAuthorizedKey(key), os.WriteFile(path, pem.EncodeToMemory(block), 0o600)
}
