package cmd_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"clusterctl/apply"
	"clusterctl/cmd"
	"clusterctl/drivers"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// fakeWorld is a cluster of LXD 5.0.2 whose state is the preseed live.yaml of a directory. A call that changes
// something puts after.yaml in its place; trouble says what goes wrong, and called is told of each such call, and of a reading that hangs.
func fakeWorld(dir, trouble string, called func()) cmd.World {
	return cmd.World{
		Version: "v1.2.3",
		Now:     time.Now,
		Open: func(_ context.Context, t cmd.Target) (drivers.Backend, error) {
			return &fakeCluster{target: t, dir: dir, trouble: trouble, called: called}, nil
		},
		LookupHost: func(_ context.Context, host string) ([]string, error) {
			if host == "nowhere.example" {
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			return []string{"192.0.2.1"}, nil
		},
	}
}

type fakeCluster struct {
	target       cmd.Target
	dir, trouble string
	called       func()
}

func (f *fakeCluster) Close() error { return nil }

func (f *fakeCluster) API(context.Context, string) (drivers.API, error) { return f, nil }

func (f *fakeCluster) Read(ctx context.Context) (schema.Cluster, error) {
	switch f.trouble {
	case "hang":
		f.called()
		<-ctx.Done()
		return schema.Cluster{}, ctx.Err()
	case "unreachable":
		op := "connecting"
		if ssh := f.target.Members[0].Connection.SSH; ssh != nil && ssh.Socket != "" {
			op += " over ssh to " + ssh.Socket
		}
		return schema.Cluster{}, &drivers.Error{Kind: drivers.Unreachable, Member: "node1", Op: op, Err: errors.New("connection refused")}
	case "panic":
		panic("a bug of ours")
	}
	data, err := os.ReadFile(filepath.Join(f.dir, "live.yaml"))
	if err != nil {
		return schema.Cluster{}, err
	}
	live, wrong := preseed.Decode(f.target.Registry, []preseed.Input{{Name: "live.yaml", Data: data}})
	if wrong.Has(schema.SeverityError) {
		return schema.Cluster{}, wrong
	}
	lxd := schema.Flavour{Product: schema.LXD, Version: "5.0.2"}
	facts := schema.Facts{Flavour: lxd, Clustered: true, Schema: 60, Leader: live.Members[0].Name, Source: "dqlite",
		Members: map[string]schema.MemberFacts{}, Hosts: map[string]schema.HostFacts{}}
	var objects []schema.Object
	for _, o := range live.Want.Objects() {
		o = o.Clone()
		o.State = schema.StateCreated
		if o.Ref.Kind == schema.KindMember && o.Lists["groups"] == nil {
			o.Lists = map[string][]string{"groups": {"default"}} // as a server that joins is put into
		}
		if kind, _ := f.target.Registry.Kind(o.Ref.Kind); kind.Lifecycle == schema.Pending {
			o.Members = map[string]schema.Part{}
			for _, m := range live.Members {
				o.Members[m.Name] = schema.Part{State: schema.StateCreated}
			}
		}
		objects = append(objects, o)
	}
	for _, m := range live.Members {
		facts.Members[m.Name] = schema.MemberFacts{Address: m.Address, State: schema.StateCreated, Role: schema.Voter, Online: true, Schema: 60, Extensions: 300}
		facts.Hosts[m.Name] = schema.HostFacts{Flavour: lxd, Extensions: 300, Clustered: true, Socket: true}
	}
	return schema.NewCluster(facts, objects...), nil
}

func (f *fakeCluster) Do(_ context.Context, c drivers.Call) (drivers.Reply, error) {
	if lock, err := os.ReadFile(filepath.Join(f.dir, "lock.json")); err == nil && c.Method == http.MethodGet && c.Path == "/1.0" {
		return drivers.Reply{Status: 200, Metadata: lock}, nil
	}
	if c.Method == http.MethodGet {
		return drivers.Reply{Status: 200, Metadata: json.RawMessage(`{"config":{},"devices":{},"description":""}`)}, nil
	}
	if body, _ := json.Marshal(c.Body); c.Path == "/1.0" && strings.Contains(string(body), apply.LockKey) {
		return drivers.Reply{Status: 200}, os.WriteFile(filepath.Join(f.dir, "lock.json"), body, 0o600)
	}
	f.called()
	if f.trouble == "refuse" {
		return drivers.Reply{}, &drivers.Error{Kind: drivers.Invalid, Op: c.Method + " " + c.Path, Err: errors.New("bad value")}
	}
	after, err := os.ReadFile(filepath.Join(f.dir, "after.yaml"))
	if errors.Is(err, os.ErrNotExist) {
		return drivers.Reply{Status: 200}, nil
	}
	return drivers.Reply{Status: 200}, errors.Join(err, os.WriteFile(filepath.Join(f.dir, "live.yaml"), after, 0o600))
}

// exits is the script command "exits CODE PROGRAM ARGS...": the program must end with that code. A word <FILE gives
// its standard input.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	program := exec.Command(args[1])
	for _, arg := range args[2:] {
		if arg[0] == '<' {
			program.Stdin, err = os.Open(ts.MkAbs(arg[1:]))
			ts.Check(err)
			continue
		}
		program.Args = append(program.Args, arg)
	}
	program.Dir = ts.MkAbs(".")
	program.Env = append(slices.Clip(os.Environ()), "FAKE="+ts.Getenv("FAKE"), "HOME="+ts.Getenv("HOME"), "CI="+ts.Getenv("CI"), "TERM=xterm",
		"XDG_STATE_HOME="+ts.Getenv("XDG_STATE_HOME"), "XDG_CACHE_HOME="+ts.Getenv("XDG_CACHE_HOME"),
		"CLUSTERCTL_PLAN_KEY="+ts.Getenv("CLUSTERCTL_PLAN_KEY"),
		"CLUSTERCTL_FROM_DUMP="+ts.Getenv("CLUSTERCTL_FROM_DUMP"), "CLUSTERCTL_SANDBOX_DIR="+ts.Getenv("CLUSTERCTL_SANDBOX_DIR"))
	for _, name := range []string{"CLUSTERCTL_SECRET_TOKEN", "CLUSTERCTL_SECRET_PROXY", "DEPLOY_TOKEN"} {
		program.Env = append(program.Env, name+"="+ts.Getenv(name))
	}
	program.Stdout, program.Stderr = ts.Stdout(), ts.Stderr()
	err = program.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	if got := program.ProcessState.ExitCode(); got != want {
		ts.Fatalf("%s exits with %d, want %d", fmt.Sprint(filepath.Base(args[1]), args[2:]), got, want)
	}
}

// forge is the script command "forge FILE OLD NEW": forged.json becomes the plan of the file with another text in it.
func forge(ts *testscript.TestScript, _ bool, args []string) {
	plan := ts.ReadFile(args[0])
	if strings.Count(plan, args[1]) == 0 {
		ts.Fatalf("%s has no %s", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs("forged.json"), []byte(strings.ReplaceAll(plan, args[1], args[2])), 0o600))
}
