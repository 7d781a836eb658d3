package session

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"

	"clusterctl/drivers"
	"clusterctl/plan"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// Diagnosis is what was found in a cluster.
type Diagnosis struct {
	Files    []string
	Facts    schema.Facts
	Findings []care.Finding
	// Unmade are the checks that could not be made.
	Unmade []care.Unmade
	// Beyond are the members on which nothing runs as root.
	Beyond []care.Beyond
	// Steps are the repairs that are to be done.
	Steps []plan.Step

	live schema.Cluster
}

// Healthy is false when something is wrong, true when every check was made and found nothing, and nil when it is not
// known.
func (d *Diagnosis) Healthy() *bool {
	if healthy := len(d.Findings) == 0; !healthy || len(d.Unmade) == 0 {
		return &healthy
	}
	return nil
}

// Diagnostics are those of the findings.
func (d *Diagnosis) Diagnostics() schema.Diagnostics {
	return schema.Map(d.Findings, func(f care.Finding) schema.Diagnostic { return f.Diagnostic })
}

// Doctor looks. An error may come with findings: those of a cluster whose database gives no answer.
func (s *Session) Doctor(ctx context.Context, where Where) (*Diagnosis, error) {
	return on(ctx, s, where, s.examine)
}

// Mend looks, shows the repairs as a plan, and carries them out.
func (r *Run) Mend(ctx context.Context, where Where) error { return r.on(ctx, where, r.mend) }

func (r *Run) mend(ctx context.Context, at opened) error {
	d, err := r.examine(ctx, at)
	if err != nil {
		return err
	}
	repair := care.Repair(d.Findings, d.live, at.want.Members, at.want.Files)
	d.Steps = repair.Steps
	r.result.Diagnostics = d.Diagnostics()
	r.Report.Tell(d)
	if len(repair.Steps) == 0 {
		r.result.Result = "unchanged"
		return nil
	}
	if err := r.consent(ctx, Question{Steps: len(repair.Steps)}); err != nil {
		return err
	}
	if err := r.carryOut(ctx, r.planned(at, d.Facts, repair), r.upToDate); err != nil {
		return err
	}
	return r.recovered(ctx, at, d.Findings)
}

// recovered looks again and expects what was mended to be gone.
func (r *Run) recovered(ctx context.Context, at opened, before []care.Finding) error {
	again, err := r.examine(ctx, at)
	if err != nil {
		return fmt.Errorf("every step was done; looking again: %w", err)
	}
	left := slices.DeleteFunc(again.Findings, func(f care.Finding) bool {
		return !slices.ContainsFunc(before, func(b care.Finding) bool {
			return len(b.Steps) > 0 && b.Code == f.Code && b.Summary == f.Summary
		})
	})
	if len(left) == 0 {
		r.result.Result = "applied"
		return nil
	}
	r.result.Result = "differs"
	return Fail(ExitError, "Look again: clusterctl doctor FILES",
		fmt.Errorf("every step was done, but %s is still there: %s", schema.Count(len(left), "finding"),
			left[0].Summary))
}

// blocked connects, from every member that is reached over SSH, to the addresses of every other one: where it serves
// the members, and where its clients. From where that cannot be tried is in unmade.
func (s *Session) blocked(ctx context.Context, inspector drivers.Inspector,
	live schema.Cluster) (out []care.Blocked, unmade []care.Unmade) {
	var tries []care.Blocked
	for _, from := range live.Facts.MemberOrder() {
		for _, try := range served(live) {
			if try.From = from; try.To != from {
				tries = append(tries, try)
			}
		}
	}
	untried := map[string]error{}
	for i, err := range each(s.Limits.Parallelism, tries, func(b care.Blocked) error {
		return inspector.ProbeFrom(ctx, b.From, b.Address)
	}) {
		switch {
		case isSilent(err):
			out = append(out, tries[i])
		case err != nil:
			untried[tries[i].From] = err
		}
	}
	for _, from := range slices.Sorted(maps.Keys(untried)) {
		unmade = append(unmade, care.Unmade{Check: "connections to the other members", Member: from,
			Cause: drivers.Cause(untried[from])})
	}
	return out, unmade
}

// served are the addresses of members that are in the cluster, one entry for each. A wildcard is none to connect to.
func served(live schema.Cluster) []care.Blocked {
	config, _ := live.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	var out []care.Blocked
	for _, name := range live.Facts.MemberOrder() {
		m := live.Facts.Members[name]
		host, connected := live.Facts.Hosts[name]
		if m.State == schema.StatePending || !m.Online && (!connected || host.Fault != "") {
			continue // nobody expects an answer
		}
		out = append(out, care.Blocked{To: name, Key: "cluster.https_address", Address: m.Address})
		if address := config.Members[name].Config["core.https_address"]; address != m.Address && reachable(address) {
			out = append(out, care.Blocked{To: name, Key: "core.https_address", Address: address})
		}
	}
	return slices.DeleteFunc(out, func(b care.Blocked) bool { return !hasPort(b.Address) })
}

// reachable reports an address that others can connect to: no wildcard, and no loopback address.
func reachable(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip, wrong := netip.ParseAddr(host)
	return err == nil && host != "" && host != "localhost" && (wrong != nil || !ip.IsUnspecified() && !ip.IsLoopback())
}
