package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"clusterctl/drivers"
	"clusterctl/drivers/rest"
	"clusterctl/drivers/ssh"
	"clusterctl/schema"
)

// host is a member of the preseed with what the visit to it showed.
type host struct {
	member *member
	facts  schema.HostFacts
	// wantsPassword reports that sudo wants one there.
	wantsPassword bool
}

// address returns where the other members reach it.
func (h host) address() string {
	if address := h.facts.Config["cluster.https_address"]; address != "" {
		return address
	}
	return h.member.Address
}

// visit connects to all members and asks each what it is. Who is told of each hears it from several goroutines.
func (c *Cluster) visit(ctx context.Context, told func(host)) []host {
	hosts := make([]host, len(c.members))
	c.visitEach(ctx, hosts, func(host) bool { return true }, told)
	if got := c.askPasswords(ctx, hosts); len(got) > 0 {
		c.visitEach(ctx, hosts, func(h host) bool { return got[h.member] }, told)
	}
	for _, h := range hosts {
		if h.facts.Fault == "" && h.facts.Clustered {
			c.learn(h.facts.Certificate)
		}
	}
	// Somebody else may have vouched for the certificate of a member that was refused.
	c.visitEach(ctx, hosts, func(h host) bool {
		return h.facts.FaultKind == drivers.Certificate && h.member.Connection.HTTPS != nil && c.trusted.count() > 0
	}, told)
	return hosts
}

func (c *Cluster) visitEach(ctx context.Context, hosts []host, which func(host) bool, told func(host)) {
	var group errgroup.Group
	group.SetLimit(c.config.Parallelism)
	for i, m := range c.members {
		if which(hosts[i]) {
			group.Go(func() error {
				hosts[i] = m.visit(ctx)
				told(hosts[i])
				return nil
			})
		}
	}
	_ = group.Wait() // what went wrong is in the hosts
}

// visitLimit is how long a member may take to say what it is: a tenth of the time for all, so that a longer one helps
// servers that are slow, and at least twice that of a call; but half of it at most, or one member that hangs would
// leave none to read the cluster through the others.
func (c *Cluster) visitLimit(ctx context.Context) time.Duration {
	limit := 2 * c.config.Timeout
	if end, limited := ctx.Deadline(); limited {
		left := time.Until(end)
		limit = min(max(limit, left/10), left/2)
	}
	return limit
}

func (m *member) visit(ctx context.Context) host {
	ctx, cancel := context.WithTimeout(ctx, m.cluster.visitLimit(ctx))
	defer cancel()
	h := host{member: m}
	began := time.Now()
	defer func() {
		zerolog.Ctx(ctx).Debug().Str("member", m.Name).Dur("took", time.Since(began)).Str("fault",
			string(h.facts.FaultKind)).Msg("visited")
	}()
	if _, err := m.link(ctx); err != nil {
		h.facts = schema.HostFacts{Fault: drivers.Cause(err), FaultKind: drivers.FaultOf(err),
			Socket: m.Connection.HTTPS == nil}
		_, h.wantsPassword = errors.AsType[*ssh.PasswordError](err)
		return h
	}
	h.facts = m.hostFacts(ctx)
	h.facts.Socket = m.Connection.HTTPS == nil
	return h
}

// hostFacts asks the daemon what it is.
func (m *member) hostFacts(ctx context.Context) (facts schema.HostFacts) {
	unready := m.whileReady(ctx, func(ctx context.Context) {
		facts = rest.HostFacts(ctx, m, m.Name, m.cluster.config.Registry)
	})
	own := m.ownFingerprint()
	facts.Settings = slices.DeleteFunc(facts.Settings, func(o schema.Object) bool { return o.Ref.Name == own })
	if unready != nil {
		facts.Fault, facts.FaultKind = drivers.Cause(unready), drivers.Starting
	}
	return facts
}

// whileReady asks the daemon something. One that waits for other members to be upgraded takes the question and never
// answers (lxd 5.0.2+git20231211), as long as anybody waits; but on its socket it does say that it is not ready, which
// is asked at the same time, and then returned. One that starts says so too, and does answer, as a rule: it is given a
// fifth of the time.
func (m *member) whileReady(ctx context.Context, ask func(context.Context)) error {
	ctx, giveUp := context.WithCancel(ctx)
	var unready error
	var group errgroup.Group
	if m.Connection.HTTPS == nil {
		group.Go(func() error {
			if _, err := m.Do(ctx, drivers.Call{Method: http.MethodGet, Path: "/internal/ready"}); drivers.Is(err,
				drivers.Starting) {
				unready = err
				time.AfterFunc(m.cluster.config.Timeout/5, giveUp)
			}
			return nil
		})
	}
	ask(ctx)
	gaveUp := ctx.Err() != nil
	giveUp() // whether it is ready does not matter any more
	_ = group.Wait()
	if !gaveUp {
		return nil
	}
	return unready
}

// clustered returns the hosts of one cluster, that of the bootstrap member if it is in one, else the first in the
// order of the preseed. Hosts of another cluster are facts, and no part of what is read.
func clustered(hosts []host, bootstrap string) []host {
	in := slices.DeleteFunc(slices.Clone(hosts), func(h host) bool { return h.facts.Fault != "" || !h.facts.Clustered })
	slices.SortStableFunc(in, func(a, b host) int {
		return first(a, bootstrap) - first(b, bootstrap)
	})
	if len(in) == 0 {
		return nil
	}
	ours := in[0].facts.ClusterFingerprint
	return slices.DeleteFunc(in, func(h host) bool { return h.facts.ClusterFingerprint != ours })
}

func first(h host, name string) int {
	if h.member.Name == name {
		return 0
	}
	return 1
}

// starting returns the hosts whose daemons start, or wait for others, and whose files can be read.
func starting(hosts []host) []host {
	return schema.Filter(hosts, func(h host) bool { return h.facts.Socket && h.facts.FaultKind == drivers.Starting })
}

// allFaulty returns a *drivers.NobodyError when no member can be reached.
func allFaulty(hosts []host) error {
	var errs []error
	seen := map[string]schema.HostFacts{}
	for _, h := range hosts {
		if h.facts.Fault == "" {
			return nil
		}
		seen[h.member.Name] = h.facts
		errs = append(errs, fmt.Errorf("%s: %s", h.member.Name, h.facts.Fault))
	}
	if len(errs) == 0 {
		errs = append(errs, errors.New("the preseed names no member"))
	}
	return &drivers.NobodyError{Hosts: seen, Err: &drivers.Error{Kind: faultKind(hosts), Op: "connecting to the members",
		Err: errors.Join(errs...)}}
}

// faultKind returns the kind that all faults have, else Unreachable.
func faultKind(hosts []host) drivers.Kind {
	differs := func(h host) bool { return h.facts.FaultKind != hosts[0].facts.FaultKind }
	if len(hosts) > 0 && !slices.ContainsFunc(hosts, differs) {
		return cmp.Or(hosts[0].facts.FaultKind, drivers.Unreachable)
	}
	return drivers.Unreachable
}

// forwardLimit is how long a member may take to answer through another one.
const forwardLimit = 5 * time.Second

// targeted is the API of the member of that name, through a member that forwards the calls.
type targeted struct {
	drivers.API
	name string
}

// Do implements drivers.API.
func (t targeted) Do(ctx context.Context, call drivers.Call) (drivers.Reply, error) {
	query := map[string]string{"target": t.name}
	maps.Copy(query, call.Query)
	call.Query = query
	return t.API.Do(ctx, call)
}

// forwarded returns what members that are online, and that the preseed does not name, say of themselves through one
// that is reached.
func (c *Cluster) forwarded(ctx context.Context, hosts []host, facts schema.Facts) map[string]schema.HostFacts {
	named := map[string]bool{}
	var through *member
	for _, h := range hosts {
		named[h.member.Name] = true
		if _, ours := facts.Members[h.member.Name]; ours && h.facts.Fault == "" && h.facts.Clustered {
			through = h.member
		}
	}
	out := map[string]schema.HostFacts{}
	if through == nil {
		return out
	}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(c.config.Parallelism)
	for name, m := range facts.Members {
		if named[name] || !m.Online || m.State == schema.StatePending {
			continue
		}
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, forwardLimit)
			defer cancel()
			found := rest.HostFacts(ctx, targeted{through, name}, name, c.config.Registry)
			mu.Lock()
			defer mu.Unlock()
			out[name] = found
			return nil
		})
	}
	_ = group.Wait() // what went wrong is in the facts
	return out
}
