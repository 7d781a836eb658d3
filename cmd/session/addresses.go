package session

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/schema"
)

// addressLimit is how long a machine may take to tell its addresses.
const addressLimit = 15 * time.Second

// withAddresses returns the cluster with what the machines of its members say of their addresses, where a plan may
// come to need it: a member is to listen somewhere else, or addresses have host names. All are asked at once, over
// SSH alone: behind a unix socket may be another network namespace. One that cannot be asked tells nothing; whether
// it is reached is the plan's business.
func (s *Session) withAddresses(ctx context.Context, backend drivers.Backend, want schema.Preseed,
	live schema.Cluster) schema.Cluster {
	listeners := map[string][]string{}
	var named []string
	for _, m := range want.Members {
		if leaving(want, m.Name) {
			continue
		}
		named = append(named, hostNames(m.Address)...)
		if addresses := newAddresses(want, live, m); len(addresses) > 0 {
			listeners[m.Name] = hostNames(addresses...)
		}
	}
	shell, ok := backend.(drivers.Shell)
	if !ok || len(listeners) == 0 {
		return live
	}
	hosts := map[string]schema.HostFacts{}
	maps.Copy(hosts, live.Facts.Hosts)
	for i, found := range each(10, want.Members, func(m schema.Member) *schema.Addresses {
		names, listens := listeners[m.Name]
		if !listens && len(named) == 0 || m.Connection.SSH == nil || leaving(want, m.Name) {
			return nil
		}
		names = slices.Compact(slices.Sorted(slices.Values(slices.Concat(names, named))))
		return addressesOn(ctx, shell, m.Name, names)
	}) {
		if found != nil {
			host := hosts[want.Members[i].Name]
			host.Addresses = found
			hosts[want.Members[i].Name] = host
		}
	}
	live.Facts.Hosts = hosts
	return live
}

func addressesOn(ctx context.Context, shell drivers.Shell, member string, names []string) *schema.Addresses {
	limited, cancel := context.WithTimeout(ctx, addressLimit)
	defer cancel()
	out, err := shell.Run(limited, member, drivers.Command{Task: drivers.TaskAddresses, Names: names})
	zerolog.Ctx(ctx).Debug().Str("member", member).Err(err).Int("exit", out.Exit).Msg("asked for addresses")
	if err != nil {
		return nil
	}
	seen := drivers.ParseAddresses(out.Stdout)
	return &seen
}

// newAddresses returns the addresses at which a member is to listen and does not yet.
func newAddresses(want schema.Preseed, live schema.Cluster, m schema.Member) []string {
	server := schema.Ref{Kind: schema.KindServer, Name: schema.ServerName}
	wanted, _ := want.Want.Get(server)
	current, _ := live.Get(server)
	address := wanted.Members[m.Name].Config["core.https_address"]
	facts, member := live.Facts.Members[m.Name]
	switch {
	case !live.Facts.Clustered || !member || facts.State == schema.StatePending:
		return []string{m.Address, address}
	case address != "" && address != current.Members[m.Name].Config["core.https_address"]:
		return []string{address}
	}
	return nil
}

// hostNames are the hosts among the addresses that are names: no IP addresses, no wildcards.
func hostNames(addresses ...string) []string {
	var out []string
	for _, address := range addresses {
		if host, _, err := net.SplitHostPort(address); err == nil && host != "" && net.ParseIP(host) == nil {
			out = append(out, host)
		}
	}
	return out
}

// pins keeps, in the folder for this user's state, which certificate a server has since it is part of a cluster, where
// the preseed pins its earlier one: only what was seen over a connection that was verified, and only to save the paste.
// It implements remote.Pins.
type pins struct {
	session *Session
	file    string

	mu sync.Mutex
	// kept has fingerprints by URL and pins, fresh those of this run, told whom somebody was told of.
	kept, fresh map[string]string
	told        map[string]bool
}

// pinsFile is their file in the folder for state.
const pinsFile = "certificates.json"

func (s *Session) pins() *pins {
	if s.certificates != nil {
		return s.certificates
	}
	s.certificates = &pins{session: s, kept: map[string]string{}, fresh: map[string]string{}, told: map[string]bool{}}
	if folder := s.stateDir(); folder != "" {
		s.certificates.file = filepath.Join(folder, pinsFile)
		if text, err := readOwn(s.certificates.file); err == nil {
			_ = json.Unmarshal(text, &s.certificates.kept) // one that is not whole vouches for nobody
		}
	}
	return s.certificates
}

func pinned(url string, own []string) string { return url + " " + strings.Join(own, ",") }

// Kept returns what an earlier run saw, and says once that it is used.
func (p *pins) Kept(url string, own []string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.kept[pinned(url, own)]
	if found != "" && p.fresh[url] == "" && !p.told[url] {
		p.told[url] = true
		p.session.Warn(fmt.Errorf("%s has another certificate than the preseed says, which an earlier run saw over a verified connection "+
			"(kept in %s); the preseed should say:\n%s", url, p.file, asYAML(url, found)))
	}
	return found
}

// Keep notes what was seen. Only commands that change a cluster keep it.
func (p *pins) Keep(url string, own []string, fingerprint string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept[pinned(url, own)] == fingerprint || !p.session.keeps {
		return
	}
	p.kept[pinned(url, own)], p.fresh[url] = fingerprint, fingerprint
	if p.file == "" {
		return
	}
	text, err := json.MarshalIndent(p.kept, "", "  ")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(p.file), 0o700)
	}
	if err == nil {
		err = WriteFile(p.file, append(text, '\n'), 0o600, "", Anything)
	}
	if err != nil {
		p.session.Warn(fmt.Errorf("the new certificate of %s is not kept: %w", url, err))
	}
}

// paste is what the preseed has to say from now on; empty when no certificate has changed.
func (p *pins) paste() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var lines []string
	for _, url := range slices.Sorted(maps.Keys(p.fresh)) {
		lines = append(lines, asYAML(url, p.fresh[url]))
	}
	return strings.Join(lines, "\n")
}

func asYAML(url, fingerprint string) string {
	return fmt.Sprintf("    connection: {https: {url: %q, fingerprint: %s}}", url, fingerprint)
}
