//go:build e2e && linux

package drivertest

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"clusterctl/drivers/lab"
	"clusterctl/drivers/lab/labtest"
	"clusterctl/schema"
)

// TestScenariosOnLXD plays all scenarios that real daemons can, each on fresh ones.
func TestScenariosOnLXD(t *testing.T) {
	t.Parallel()
	playOnLab(t, lab.LXD)
}

// incusAll widens what is played on Incus from incusShare to all scenarios that Incus can.
var incusAll = flag.Bool("incus-all", false, "play all scenarios that Incus can, not the share that fits into every run")

// incusShare are scenarios whose calls or answers differ between the products, and one of each lifecycle.
var incusShare = []string{"evacuate", "form_three", "images", "instances", "join_token", "remove", "resume_network", "server_config"}

// TestScenariosOnIncus plays a share of those that Incus can, with -incus-all every one.
func TestScenariosOnIncus(t *testing.T) {
	t.Parallel()
	playOnLab(t, lab.Incus)
}

func playOnLab(t *testing.T, kind lab.Kind) {
	t.Helper()
	for _, file := range scenarios(t) {
		scenario := parse(t, file)
		if kind == lab.Incus && !*incusAll && !slices.Contains(incusShare, scenario.Name) {
			t.Logf("played on %s with -incus-all only: %s", kind, scenario.Name)
			continue
		}
		if missing := scenario.Missing(labWorld{kind: kind}); len(missing) > 0 {
			t.Logf("not played on %s: %s needs %s", kind, scenario.Name, strings.Join(missing, ", "))
			continue // it needs faults that only the sandbox can make, or what the product has not
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			members := 3
			if slices.Contains(scenario.Needs, "six") {
				members = 6
			}
			l := labtest.Start(t, lab.Config{Kind: kind, Members: members})
			play(t, file, strings.TrimSuffix(l.Members[0].Address, "11"), func(Scenario) World { return labWorld{l, kind} })
		})
	}
}

// labWorld is real daemons as a place for scenarios.
type labWorld struct {
	*lab.Lab
	kind lab.Kind
}

func (w labWorld) Flavour() schema.Flavour {
	if w.kind == lab.Incus {
		return schema.JudgedIncus
	}
	return schema.JudgedLXD
}

func (w labWorld) Can(capability string) bool {
	return slices.Contains([]string{"six", "control", "network-parts"}, capability) || capability == "password" && w.kind == lab.LXD
}

func (w labWorld) server(name string) (*lab.Member, error) {
	number, err := strconv.Atoi(strings.TrimPrefix(name, "node"))
	if err != nil {
		return nil, fmt.Errorf("no server %q", name)
	}
	return w.Lab.Member(number)
}

func (w labWorld) Connection(name string) schema.Connection {
	m, err := w.server(name)
	if err != nil {
		return schema.Connection{Unix: &schema.Unix{Socket: "/nowhere"}}
	}
	host := strings.TrimSuffix(m.Address, ":8443")
	return schema.Connection{SSH: &schema.SSH{Host: host, User: "root", IdentityFile: w.SSHKey(), KnownHosts: w.KnownHosts(),
		Socket: m.Socket()}}
}

func (w labWorld) Client(name string) *http.Client {
	m, err := w.server(name)
	if err != nil {
		return http.DefaultClient
	}
	return socketClient(m.Socket())
}

func (w labWorld) Control(ctx context.Context, words []string) error {
	m, err := w.server(words[1])
	if err != nil {
		return err
	}
	switch words[0] {
	case "stop":
		return m.KillDaemon()
	case "offline":
		return errors.Join(m.KillDaemon(), w.untilOffline(ctx, words[1]))
	case "start":
		return m.StartDaemon(ctx)
	}
	return fmt.Errorf("what is %q?", words)
}

// untilOffline asks node1 until it calls the member offline.
func (w labWorld) untilOffline(ctx context.Context, name string) error {
	r := runner{clients: w.Client}
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); {
		_, env, err := r.do(ctx, "node1", "GET", "/1.0/cluster/members/"+name, "")
		if err != nil {
			return err
		}
		var member struct{ Status string }
		if err := json.Unmarshal(env.Metadata, &member); err == nil && member.Status == "Offline" {
			return nil
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("%s is not offline", name)
}
