package session

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers"
	"clusterctl/drivers/sandbox"
	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// formed applies files of testdata/rehearsal, one after another, in a sandbox of those servers, and returns the
// cluster.
func formed(t *testing.T, server schema.Flavour, names ...string) schema.Cluster {
	t.Helper()
	world, err := sandbox.Start(t.Context(), sandbox.Config{Members: 3, Server: server})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	var live schema.Cluster
	for i := range names {
		s := testSession(nil)
		s.LookupHost, s.Signals, s.Limits.Parallelism = LookupAnything, &Interrupts{}, 4
		s.Open = func(_ context.Context, target Target) (drivers.Backend, error) {
			return ConnectSandbox(world, target), nil
		}
		report := &told{}
		run := Run{Session: s, Report: report, Approve: true, Words: []string{"apply"}, Lock: LockOptions{Off: true}}
		if err := run.ApplyInputs(t.Context(), caseFiles(t, names[:i+1]...)); err != nil {
			t.Fatal(err, report.result.Diagnostics)
		}
		v, err := s.Survey(t.Context(), caseFiles(t, names[:i+1]...), plan.Options{})
		if err != nil {
			t.Fatal(err)
		}
		live = v.live
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return live
}

func caseFiles(t *testing.T, names ...string) []preseed.Input {
	t.Helper()
	return schema.Map(names, func(name string) preseed.Input {
		text, err := os.ReadFile(filepath.Join("testdata", "rehearsal", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		return preseed.Input{Name: name + ".yaml", Data: text}
	})
}

// rules are what clusterctl knows itself of what servers refuse: they are left out, for the copy to find the same.
var rules = []schema.Code{plan.CodeRule, schema.CodeValue, schema.CodeUnknownKey, schema.CodeDevice,
	schema.CodeRequired}

func withoutRules(found schema.Diagnostics) schema.Diagnostics {
	return slices.DeleteFunc(slices.Clone(found), func(d schema.Diagnostic) bool { return slices.Contains(rules, d.Code) })
}

// TestCopyRefusesWhatServersDo plans without the rules of validate and of the guards.
func TestCopyRefusesWhatServersDo(t *testing.T) {
	t.Parallel()
	for _, server := range []schema.Flavour{sandbox.Servers()[0], {Product: schema.Incus, Version: "6.0.4"}} {
		t.Run(server.String(), func(t *testing.T) {
			t.Parallel()
			live := formed(t, server, "base", "project-features-in-use-1")
			for _, c := range []struct{ file, want string }{
				{"bridge-in-project", "bridge-in-project.yaml:4: Define network internal of project iso on node1 would be refused (define:network/iso/internal@node1)"},
				{"one-parent-two-networks", "one-parent-two-networks.yaml:3: Create network up2 on all members would be refused (create:network/up2)"},
				{"restricted-target", "restricted-target.yaml:10: Create instance j1 of project ci would be refused (create:instance/ci/j1)\n" +
					"restricted-target.yaml:12: Create instance j3 of project ci would be refused (create:instance/ci/j3)"},
				{"project-features-in-use-2", "project-features-in-use-2.yaml:1: Update project web would be refused (update:project/web)"},
				{"devices", "base.yaml:4: Update profile default would be refused (update:profile/default)"},
				{"keys", "keys.yaml:3: Create profile p would be refused (create:profile/p)"},
				{"failed-network-1", "Rehearsed on a copy of the cluster, but for raw.dnsmasq."},
				{"strange-keys", "Rehearsed on a copy of the cluster, but for Create storage pool later on all members, which fails on the " +
					"copy (node1: POST /1.0/storage-pools: Invalid option \"dir.later\")."},
				{"server-volumes", "Rehearsed on a copy of the cluster."},
			} {
				if c.file == "keys" && server != sandbox.Servers()[0] {
					continue // keys are those of the version
				}
				p := rehearsed(t, live, caseFiles(t, "base", c.file)...)
				var got []string
				for _, d := range p.Diagnostics {
					if d.Code == plan.CodeRehearsal {
						got = append(got, fmt.Sprintf("%s:%d: %s", d.File, d.Line, d.Summary))
					}
				}
				if p.Rehearsal == nil {
					got = []string{"no rehearsal"}
				} else if len(got) == 0 {
					got = []string{p.Rehearsal.Text()}
				}
				if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
					t.Errorf("%s (-want +got):\n%s%v", c.file, diff, p.Diagnostics)
				}
			}
		})
	}
}
