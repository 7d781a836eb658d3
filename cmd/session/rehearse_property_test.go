package session

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"clusterctl/apply"
	"clusterctl/drivers"
	"clusterctl/drivers/sandbox"
	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

var (
	wishesFlag   = flag.Int("wishes", 10, "how many random wishes are rehearsed, and then applied")
	wishSeedFlag = flag.Int("wish-seed", 1, "what the first of them is drawn from")
)

// wishes draws preseeds of a small universe, of which a good part is refused half-way.
var wishes = rapid.Custom(func(t *rapid.T) string {
	one := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	var b strings.Builder
	b.WriteString("clusterctl: {prune: [profiles, networks, projects, cluster_groups, storage_volumes, instances]}\n")
	b.WriteString("storage_pools: [{name: local, driver: dir}, {name: other, driver: dir}]\n")
	b.WriteString("images: [{alias: small, server: https://images.example, protocol: simplestreams, source: small}]\n")
	b.WriteString("cluster_groups: [{name: gpu}]\nmembers:\n")
	for i := range 3 {
		fmt.Fprintf(&b, "- {name: node%d, address: '10.0.0.%d:8443', groups: [%s]}\n", i+1, i+1,
			one("groups", "default", "default, gpu"))
	}
	b.WriteString("projects:\n")
	own := map[string]string{}
	for _, p := range []string{"web", "ops"} {
		own[p] = one("networks", "false", "false", "false", "false", "false", "true")
		fmt.Fprintf(&b, "- {name: %s, config: {features.images: 'false', features.profiles: '%s', features.networks: '%s', features.storage.volumes: '%s', %s}}\n",
			p, one("profiles", "true", "true", "true", "true", "true", "false"), own[p], one("volumes", "true", "true", "true",
				"false"),
			one("restricted", "", "", "", "", "", "restricted: 'true', restricted.cluster.groups: gpu, restricted.devices.disk: allow"))
	}
	b.WriteString("networks:\n- {name: br0, type: bridge, config: {ipv4.address: none, ipv6.address: none}}\n")
	project := map[string]string{"true": one("project of br1", "default", "web"), "false": "default"}[own["web"]]
	fmt.Fprintf(&b, "- {name: br1, project: %s, type: bridge, config: {ipv4.address: %s, ipv6.address: none}}\n", project,
		one("address", "none", "10.9.0.1/24", "none", "10.9.0.1/24", "10.9.0.1"))
	b.WriteString("profiles:\n- {name: default, devices: {root: {type: disk, path: /, pool: local}}}\n")
	fmt.Fprintf(&b, "- {name: p1, config: {%s}, devices: {eth0: {%s}}}\n",
		one("key", "limits.cpu: '2'", "limits.cpu: '3'", "user.a: b", "limits.memory: 1GiB", "limits.memory: lots"),
		one("nic", "type: nic, network: br0", "type: nic, nictype: bridged, parent: br0",
			"type: nic, network: br0, mtu: '1400'", "type: nic, nictype: bridged, parent: br0, network: br0"))
	fmt.Fprintf(&b, "storage_volumes:\n- {name: v1, pool: %s, target: node1, config: {%s}}\n",
		one("pool", "local", "other"), one("size", "", "", "size: 1GiB", "size: 1GiB", "size: huge"))
	project = one("project of c1", "default", "ops")
	profiles := map[string]string{"default": one("profiles", "default", "default, p1"), "ops": "default"}[project]
	fmt.Fprintf(&b, "instances:\n- {name: c1, project: %s, image: small, target: %s, profiles: [%s]}\n", project,
		one("target", "node1", "node2", "'@gpu'"), profiles)
	return b.String()
})

// TestRehearsalSaysWhatApplyingDoes rehearses random wishes, without the rules of validate and of the guards, and
// carries them out whatever comes of that: each begins where the one before has stopped.
func TestRehearsalSaysWhatApplyingDoes(t *testing.T) {
	t.Parallel()
	world, err := sandbox.Start(t.Context(), sandbox.Config{Members: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	rehearseWishes(t, wishes.Example, func(s *Session, want schema.Preseed) drivers.Backend {
		return ConnectSandbox(world, Target{Members: want.Members, Bootstrap: want.Bootstrap, Registry: s.Registry,
			Parallelism: 4})
	}, func(said, did string) bool { return said == did })
}

// connecting reaches the servers of a preseed.
type connecting func(s *Session, want schema.Preseed) drivers.Backend

func rehearseWishes(t *testing.T, wish func(...int) string, connect connecting, agree func(said, did string) bool) {
	t.Helper()
	count := map[string]int{}
	for i := range *wishesFlag {
		seed := *wishSeedFlag + i
		text := wish(seed)
		said, did := rehearseAndApply(t, connect, text)
		if !agree(said, did) {
			t.Errorf("wish %d: the rehearsal says\n%s\nand applying it\n%s\n%s", seed, said, did, text)
		}
		count[strings.SplitN(did, ":", 2)[0]]++
	}
	t.Log(count) // "": by a guard that knows more than the daemon, or because it means nothing
}

func rehearseAndApply(t *testing.T, connect connecting, text string) (said, did string) {
	t.Helper()
	ctx := t.Context()
	s := testSession(nil)
	s.Rehearse, s.LookupHost = true, LookupAnything
	entries, err := s.Entries(ctx, []preseed.Input{file(text)})
	if err != nil {
		t.Fatal(err)
	}
	w := declared{entries: entries}
	if w.want, w.found, err = s.Judge(ctx, entries); err != nil {
		t.Fatal(err)
	}
	if withoutRules(w.found).Has(schema.SeverityError) {
		return "", "" // it means nothing
	}
	v := &Survey{declared: w, secrets: s.secretsOf(w.want)}
	v.backend = connect(s, w.want)
	defer func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}()
	options := plan.Options{AllowDestroy: []string{"network/web/br1", "network/br1", "instance/c1", "instance/ops/c1",
		"storage_volume/other/v1", "storage_volume/local/v1"}}
	planning := func() {
		live, err := s.Read(ctx, v.backend)
		if err != nil {
			t.Fatal(err)
		}
		v.planFrom(s, live, options)
		v.Plan.Diagnostics = withoutRules(v.Plan.Diagnostics)
	}
	planning()
	if v.Plan.Refused() {
		return "", "" // by a guard that knows more than the daemon
	}
	v.rehearse(ctx, s, options)
	said = "done"
	if i := slices.IndexFunc(v.Plan.Diagnostics, func(d schema.Diagnostic) bool { return d.Code == plan.CodeRehearsal }); i >= 0 {
		said = "refused: " + v.Plan.Diagnostics[i].Summary
	} else if r := v.Plan.Rehearsal; r != nil && r.Result != plan.RehearsedWhole &&
		r.Text() != "Rehearsed on a copy of the cluster, but for images to be downloaded." {
		said = r.Text()
	}
	p := *v.Plan
	p.Diagnostics = nil
	engine := &apply.Engine{Backend: v.backend, Secret: v.secrets.Secret, Parallelism: 1}
	outcome, err := engine.Run(ctx, &p, doneSink{})
	if len(outcome.Failures) > 0 {
		f := outcome.Failures[0]
		t.Log(f.Err)
		return said, fmt.Sprintf("refused: %s would be refused (%s)", f.Step.Title, f.Step.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	if planning(); !v.Plan.Empty() {
		return said, "it does not converge"
	}
	return said, "done"
}
