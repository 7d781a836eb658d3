package simulation

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// roads are what walks wish for: one of the entries of each line, or none, which prunes what was there.
var roads = []struct {
	section string
	entries []string
}{
	{"cluster_groups", []string{"{name: wgroup, description: a}", "{name: wgroup, description: b}"}},
	{"storage_pools", []string{"{name: w1, driver: dir, description: a, config: {rsync.bwlimit: 1MB}}",
		"{name: w1, driver: dir, config: {rsync.bwlimit: 2MB}}", "{name: w1, driver: dir}"}},
	{"storage_pools", []string{"{name: w2, driver: dir}"}},
	{"networks", []string{"{name: wbr0, config: {ipv4.address: 10.77.8.1/24, ipv6.address: none}}",
		"{name: wbr0, config: {ipv4.address: none, ipv6.address: none, dns.domain: one}}"}},
	{"networks", []string{"{name: wbr1, config: {ipv4.address: none, ipv6.address: none}}"}},
	{"network_acls", []string{"{name: wacl, ingress: [{action: allow, protocol: tcp, destination_port: \"80\"}], egress: []}",
		"{name: wacl, ingress: [], egress: [{action: drop}]}"}},
	{"projects", []string{"{name: wp, config: {features.images: false, user.team: a}}",
		"{name: wp, description: b, config: {features.images: false}}"}},
	{"profiles", []string{"{name: wprofile, config: {limits.cpu: \"1\"}, devices: {e: {type: none}}}",
		"{name: wprofile, config: {limits.cpu: \"2\"}}"}},
	{"profiles", []string{"{name: wother, description: a}"}},
}

// walked is the wish that draws of a walk give; what one does not name is pruned and may be.
func walked(rng *rand.Rand, number int) wish {
	w := wish{name: fmt.Sprint("walk", number)}
	sections := map[string][]string{}
	for _, r := range roads {
		name, _, _ := strings.Cut(strings.TrimPrefix(r.entries[0], "{name: "), ",")
		kind := strings.TrimSuffix(r.section, "s")
		name = strings.TrimSuffix(name, "}")
		w.allow = append(w.allow, kind+"/"+name)
		if n := rng.IntN(len(r.entries) + 1); n > 0 {
			sections[r.section] = append(sections[r.section], r.entries[n-1])
		} else {
			sections[r.section] = append(sections[r.section], fmt.Sprintf("{name: %s, state: absent}", name))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "config: {user.color: %s}\nmembers:\n", []string{"red", "blue", "green"}[rng.IntN(3)])
	for n := 1; n <= 4; n++ {
		fmt.Fprintf(&b, "- {name: node%d, address: \"10.76.1.1%d:8443\", failure_domain: rack%d}\n", n, n, 1+rng.IntN(3))
	}
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		fmt.Fprintf(&b, "%s:\n- %s\n", section, strings.Join(sections[section], "\n- "))
	}
	w.text = b.String()
	return w
}

// TestWalks goes from wish to wish.
func TestWalks(t *testing.T) {
	t.Parallel()
	for n := range *walksFlag {
		seed := *seedFlag + uint64(n)
		if err := walk(t, seed); err != nil {
			failed(t, "playWalk", seed, err)
		}
	}
}

// playWalk goes the way of a seed.
func playWalk(t *testing.T, seed uint64) { //nolint:unused // what -keep writes calls it
	t.Helper()
	t.Parallel()
	if err := walk(t, seed); err != nil {
		t.Error(err)
	}
}

// walk goes from wish to wish in two worlds, in one of which each way is broken off by a fault or two and then taken up
// once. The worlds stay the same.
func walk(t *testing.T, seed uint64) error {
	t.Helper()
	all := scenes(t)
	begin := all[slices.IndexFunc(all, func(s *scene) bool { return s.step == "" })]
	rng := rand.New(rand.NewPCG(seed, 3))
	smooth, rough := begin.open(t), begin.open(t)
	defer smooth.close(t)
	defer rough.close(t)
	for number := range 3 {
		w := walked(rng, number)
		c := trouble{scene: &scene{wish: w, step: fmt.Sprintf("seed=%d", seed), before: begin.before, end: new(string)}}
		smooth.apply(w, &attempt{})
		var err error
		if *c.scene.end, err = smooth.state(w); err != nil {
			return fmt.Errorf("undisturbed: %w\n%s", err, w.text)
		}
		for range rng.IntN(3) {
			c.faults = append(c.faults, drawn(rng))
		}
		if err := c.playIn(rough); err != nil {
			return fmt.Errorf("%s: %w\n%s", c, err, w.text)
		}
	}
	return nil
}
