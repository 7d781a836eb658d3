//go:build e2e && linux

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// switchFolder is where daemons look for Open vSwitch: each finds its own, which is mounted there for it alone.
const switchFolder = "/run/openvswitch"

// northboundKey finds what watches the northbound database in the script's values.
type northboundKey struct{}

// ovn gives every member of the lab a switch, and the lab the databases of OVN. Packets flow nowhere: Open vSwitch only
// pretends its interfaces, and needs no part of the kernel. NORTHBOUND is where `once` watches the northbound database.
func ovnCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 0, "ovn")
	ts.Check(os.MkdirAll(switchFolder, 0o755))
	script, err := filepath.Abs("testdata/ovn/start.sh")
	ts.Check(err)
	ts.Check(ts.Exec("sh", script))
	database := net.JoinHostPort(ts.Getenv("NODE1_ADDR"), "6641")
	probe, err := net.Dial("tcp", database)
	ts.Check(err)
	host, _, err := net.SplitHostPort(probe.LocalAddr().String())
	ts.Check(errors.Join(err, probe.Close()))
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() }) // nothing was written through it
	ts.Setenv("NORTHBOUND", "tcp:"+listener.Addr().String())
	watch := ts.Value(northboundKey{}).(*northbound)
	go watch.serve(listener, database)
}

// once TEXT COMMAND ARGUMENTS... runs a command when the northbound database has carried out a request with that text,
// before who made the request hears of it; once.
func onceCommand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "once TEXT COMMAND ARGUMENTS...")
	ts.Value(northboundKey{}).(*northbound).set(args[0], exec.Command(args[1], args[2:]...))
}

// northbound passes on what daemons and the northbound database of OVN say to each other.
type northbound struct {
	mu   sync.Mutex
	text string
	then *exec.Cmd
}

func (n *northbound) set(text string, then *exec.Cmd) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.text, n.then = text, then
}

// due is what to run after this request, if anything.
func (n *northbound) due(request []byte) *exec.Cmd {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.then == nil || !bytes.Contains(request, []byte(n.text)) {
		return nil
	}
	then := n.then
	n.then = nil
	return then
}

func (n *northbound) serve(listener net.Listener, database string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return // the script has ended
		}
		server, err := net.Dial("tcp", database)
		if err != nil {
			_ = client.Close()
			continue
		}
		var after sync.Map // what to run, by the request's id
		go relay(client, server, func(id string, request []byte) {
			if then := n.due(request); then != nil {
				after.Store(id, then)
			}
		})
		go relay(server, client, func(id string, _ []byte) {
			if then, ok := after.LoadAndDelete(id); ok {
				_ = then.(*exec.Cmd).Run() // what it does is what the script looks at
			}
		})
	}
}

// relay takes messages from one end to the other, and shows each before that.
func relay(from, to net.Conn, show func(id string, message []byte)) {
	defer func() { _, _ = from.Close(), to.Close() }() // the other end hears of it
	for in := json.NewDecoder(from); ; {
		var message json.RawMessage
		var head struct{ ID json.RawMessage }
		if in.Decode(&message) != nil || json.Unmarshal(message, &head) != nil {
			return
		}
		show(string(head.ID), message)
		if _, err := to.Write(message); err != nil {
			return
		}
	}
}

// removeSwitchFolder comes after all scripts: the mounts of others on a folder go with it.
func removeSwitchFolder() { _ = os.Remove(switchFolder) } // it is not there, or somebody's own
