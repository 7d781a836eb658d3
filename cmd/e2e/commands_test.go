//go:build e2e && linux

package e2e

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
)

// labKey finds the script's lab in its values, testKey the test that runs the script, kindKey the kind of its
// daemons, newerKey what makes them newer ones.
type (
	labKey   struct{}
	testKey  struct{}
	kindKey  struct{}
	newerKey struct{}
)

// commandLimit is how long one command of a script may take.
const commandLimit = 3 * time.Minute

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"lab":         labCommand,
		"machines":    machinesCommand,
		"machine":     machineCommand,
		"power":       powerCommand,
		"template":    templateCommand,
		"keep":        keepCommand,
		"lxc":         lxcCommand,
		"sql":         sqlCommand,
		"daemon":      daemonCommand,
		"healthy":     healthyCommand,
		"exits":       exitsCommand,
		"unchanged":   unchangedCommand,
		"crash":       crashCommand,
		"certificate": certificateCommand,
		"fingerprint": fingerprintCommand,
		"image":       imageCommand,
		"until":       untilCommand,
		"settled":     settledCommand,
		"atend":       atendCommand,
		"ovn":         ovnCommand,
		"once":        onceCommand,
	}
}

// lab COUNT starts a lab of that many members for the script and sets the variables of lab.Environment. Where the
// daemons are to be newer than this machine's, its members are machines.
func labCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "lab COUNT")
	config := lab.Config{Kind: ts.Value(kindKey{}).(lab.Kind), Members: number(ts, args[0]), Links: 1}
	if newer, ok := ts.Value(newerKey{}).(func(*lab.Lab) error); ok {
		useLab(ts, labtest.Machines(ts.Value(testKey{}).(testing.TB), config))
		ts.Check(newer(*ts.Value(labKey{}).(**lab.Lab)))
		return
	}
	useLab(ts, labtest.Start(ts.Value(testKey{}).(testing.TB), config))
}

func useLab(ts *testscript.TestScript, l *lab.Lab) {
	*ts.Value(labKey{}).(**lab.Lab) = l
	for _, pair := range l.Environment() {
		name, value, _ := strings.Cut(pair, "=")
		ts.Setenv(name, value)
	}
}

// template FROM TO writes a file with the script's $NAME and ${NAME} replaced.
func templateCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "template FROM TO")
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o644))
}

// keep NAME sets a variable to what the last command printed, without blanks at the ends.
func keepCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "keep NAME")
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// [!] lxc MEMBER ARGUMENTS... runs the daemon's own client, lxc or incus, against a member.
func lxcCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) > 1, "lxc MEMBER ARGUMENTS...")
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	out, err := member(ts, args[0]).Client(ctx, args[1:]...)
	fmt.Fprint(ts.Stdout(), out)
	if neg && err == nil {
		ts.Fatalf("unexpected success")
	}
	if !neg {
		ts.Check(err)
	}
}

// sql MEMBER QUERY asks the cluster's database through the daemon.
func sqlCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "sql MEMBER QUERY")
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	out, err := member(ts, args[0]).Admin(ctx, "sql", "global", args[1]).CombinedOutput()
	fmt.Fprintf(ts.Stdout(), "%s", out)
	ts.Check(err)
}

// daemon start|launch|stop|kill MEMBER starts a daemon, ends it, or has it crash. One that is launched need not get ready.
func daemonCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "daemon start|launch|stop|kill MEMBER")
	m := member(ts, args[1])
	switch args[0] {
	case "start":
		ts.Check(m.StartDaemon(context.Background()))
	case "launch":
		soon, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = m.StartDaemon(soon) // what it says is what the script looks at
	case "stop":
		ts.Check(m.StopDaemon())
	case "kill":
		ts.Check(m.KillDaemon())
	default:
		ts.Fatalf("daemon: %q is not start, launch, stop or kill", args[0])
	}
}

// healthy MEMBER COUNT holds when that many members are ONLINE and all pools and managed networks are Created on all.
func healthyCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "healthy MEMBER COUNT")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ts.Check(waitHealthy(ctx, member(ts, args[0]), number(ts, args[1])))
}

// exits CODE COMMAND ARGUMENTS... runs a command that must exit with that code.
func exitsCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "exits CODE COMMAND ARGUMENTS...")
	code := exitCode(ts, ts.Exec(args[1], args[2:]...))
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// unchanged FILES... holds when a plan has no changes, for people and for scripts.
func unchangedCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0, "unchanged FILES...")
	for _, flags := range [][]string{nil, {"--detailed-exitcode"}} {
		code := exitCode(ts, ts.Exec("clusterctl", slices.Concat([]string{"plan"}, flags, args)...))
		if out := ts.ReadFile("stdout"); code != 0 || !strings.Contains(out, "No changes.") {
			ts.Fatalf("plan %s: exit code %d, want 0 and \"No changes.\"", strings.Join(flags, " "), code)
		}
	}
}

// crash MEMBER TEXT ARGUMENTS... runs clusterctl, kills the member's daemon as soon as it prints TEXT, and holds when it
// then fails.
func crashCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 2, "crash MEMBER TEXT ARGUMENTS...")
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(*binFlag, "clusterctl"), args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	cmd.Stderr = ts.Stderr()
	ts.Check(cmd.Start())
	killed := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(ts.Stdout(), lines.Text())
		if !killed && strings.Contains(lines.Text(), args[1]) {
			ts.Check(member(ts, args[0]).KillDaemon())
			killed = true
		}
	}
	err = cmd.Wait()
	if !killed || err == nil {
		ts.Fatalf("daemon killed: %t, command's error: %v; want both", killed, err)
	}
}

// until DURATION COMMAND ARGUMENTS... repeats a command until it succeeds: what it waits for shows in a cluster after a while.
func untilCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "until DURATION COMMAND ARGUMENTS...")
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	for end := time.Now().Add(limit); ; time.Sleep(time.Second) {
		if err := ts.Exec(args[1], args[2:]...); err == nil || time.Now().After(end) {
			ts.Check(err)
			return
		}
	}
}

// certificate NAME makes a client certificate in NAME.crt and NAME.key.
func certificateCommand(ts *testscript.TestScript, neg bool, args []string) {
	ended := len(args) == 2 && args[1] == "ended"
	usage(ts, !neg && (len(args) == 1 || ended), "certificate NAME [ended]")
	end := time.Now().Add(24 * time.Hour)
	if ended {
		end = time.Now().Add(-time.Minute)
	}
	public, key, err := certificateUntil(args[0], end)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".crt"), public, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".key"), key, 0o600))
}

// certificateUntil makes a certificate that ends then, and its key, both in PEM.
func certificateUntil(name string, end time.Time) (public, private []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     end,
		DNSNames:     []string{name},
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}), err
}

// fingerprint FILE NAME sets a variable to the SHA-256 of a certificate in hexadecimal, as LXD prints it.
func fingerprintCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "fingerprint FILE NAME")
	block, _ := pem.Decode([]byte(ts.ReadFile(args[0])))
	if block == nil {
		ts.Fatalf("%s has no certificate", args[0])
	}
	ts.Setenv(args[1], fmt.Sprintf("%x", sha256.Sum256(block.Bytes)))
}

func usage(ts *testscript.TestScript, ok bool, text string) {
	if !ok {
		ts.Fatalf("usage: %s", text)
	}
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

func member(ts *testscript.TestScript, text string) *lab.Member {
	l := *ts.Value(labKey{}).(**lab.Lab)
	if l == nil {
		ts.Fatalf("no lab yet: begin with `lab COUNT`")
	}
	m, err := l.Member(number(ts, text))
	ts.Check(err)
	return m
}

func exitCode(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}
