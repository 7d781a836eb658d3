//go:build e2e && linux

package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
)

// desk is where a reader of the documentation sits: a folder with examples and preseed.yaml, a login to three servers.
// What is in the folder has the lab's addresses instead of the documentation's.
type desk struct {
	folder  string
	lab     *lab.Lab
	replace *strings.Replacer
}

// documented are the addresses of node1, node2 and node3 in the documentation: for members, and for clients of the REST API
// in a network of their own; their last numbers.
var documented = [...]string{"171", "155", "156"}

// ground is what a desk stands on: which daemons, and whether they run on machines with an init and a package manager.
type ground struct {
	kind     lab.Kind
	machines bool
}

func newDesk(t *testing.T, g ground) desk {
	t.Helper()
	start := labtest.Start
	if g.machines {
		start = labtest.Machines
	}
	l := start(t, lab.Config{Kind: g.kind, Members: 3, Links: 1})
	if _, err := l.Members[0].Client(t.Context(), "query", "/1.0"); err != nil { // a machine's daemon starts when it is asked
		t.Fatal(err)
	}
	d := desk{folder: t.TempDir(), lab: l}
	pairs := []string{"eno2", "eth1", "enp3s0", "eth1", sampleCertificate(t), quotable(t, l.Members[0])}
	for i, m := range l.Members {
		client := strings.TrimSuffix(m.Address, fmt.Sprint(10+m.Number)) + documented[i]
		if out, err := m.Command(t.Context(), "ip", "addr", "add", client+"/24", "dev", "eth0").CombinedOutput(); err != nil {
			t.Fatalf("adding an address: %v\n%s", err, out)
		}
		pairs = append(pairs, "10.55.60."+documented[i], m.Address, "192.0.2."+documented[i], client)
	}
	d.replace = strings.NewReplacer(pairs...)
	d.login(t)
	d.copyFolder(t, "../../examples", "examples")
	return d
}

// sampleCertificate is the one in LXD's documents.
func sampleCertificate(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../examples/lxd-documents/node2.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile("(?s)-----BEGIN CERTIFICATE-----.*-----END CERTIFICATE-----").FindString(string(text))
}

// quotable is the server's certificate as LXD's documentation has it in double quotes: with each line end twice.
func quotable(t *testing.T, m *lab.Member) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(m.StateDir, "server.crt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n\n")
}

// login writes the files of ~/.ssh, and an ssh that finds them: OpenSSH does not go by HOME.
func (d desk) login(t *testing.T) {
	t.Helper()
	key, err := os.ReadFile(d.lab.SSHKey())
	if err != nil {
		t.Fatal(err)
	}
	known, err := os.ReadFile(d.lab.KnownHosts())
	if err != nil {
		t.Fatal(err)
	}
	// The second address of each member has the same host key.
	hosts := string(known)
	for i, m := range d.lab.Members {
		hosts += d.replace.Replace(strings.Replace(strings.Split(string(known), "\n")[i], m.Address, "192.0.2."+documented[i], 1)) + "\n"
	}
	d.write(t, ".ssh/id_ed25519", string(key), 0o600)
	d.write(t, ".ssh/known_hosts", hosts, 0o600)
	d.write(t, "bin/ssh", "#!/bin/sh\nexec /usr/bin/ssh -i $HOME/.ssh/id_ed25519 -o UserKnownHostsFile=$HOME/.ssh/known_hosts \"$@\"\n", 0o755)
}

// run runs a script as a reader would, and returns what it prints.
func (d desk) run(t *testing.T, script string) string {
	t.Helper()
	out, err := d.command(t, script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	return string(out)
}

func (d desk) command(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", d.replace.Replace(script))
	cmd.Dir = d.folder
	cmd.Env = append(os.Environ(), "HOME="+d.folder, "PATH="+d.folder+"/bin:"+*binFlag+":"+os.Getenv("PATH"),
		"CLUSTERCTL_SECRET_TRUST_PASSWORD=sekret")
	return cmd
}

func (d desk) copyFolder(t *testing.T, from, to string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(from), ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(from, file))
		d.write(t, filepath.Join(to, file), d.replace.Replace(string(text)), 0o644)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (d desk) write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(d.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
