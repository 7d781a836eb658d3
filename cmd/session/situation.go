package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"clusterctl/apply"
	"clusterctl/drivers"
	"clusterctl/plan/guard"
	"clusterctl/schema"
)

// Advice is how to go on after a join that failed, from the table of situations.
func Advice(e *apply.JoinError) string {
	s := guard.Seen{Member: e.Member, Address: e.Address, Product: e.Flavour.Product}
	s.Facts = guard.JoinFailed | map[apply.JoinEnd]guard.Facts{apply.JoinHangs: guard.Hangs,
		apply.JoinStopped: guard.Stopped, apply.JoinUnended: guard.Unended, apply.JoinOver: guard.Over}[e.End]
	switch {
	case e.End == apply.JoinOver && e.Password:
		s.Facts = guard.JoinFailed | guard.OverPassword
	case e.End == apply.JoinOver && e.Token:
		s.Facts = guard.JoinFailed | guard.OverToken
	case e.End == apply.JoinUnended && e.Left.Silent:
		s.Facts = guard.JoinFailed | guard.ClusterGone
	}
	if e.Left.Listed {
		s.Facts |= guard.Listed
	}
	if e.Left.Database > 0 {
		s.Facts |= guard.HalfJoined
	}
	row, _ := guard.Judge(s)
	return row.Diagnostic(s, schema.SeverityError).Hint
}

// silentDatabase says why a database gives no answer, as far as the members' own files, their own databases and their
// addresses tell; seen is what they told. Where nobody could be asked, err says why.
func (s *Session) silentDatabase(ctx context.Context, at opened, seen Status, err error) schema.Diagnostic {
	found := guard.Seen{Facts: guard.NoDatabase, Why: seen.Cluster.Quorum.String(),
		Other: strings.Join(s.ended(ctx, at), "; ")}
	answering := len(schema.Filter(seen.Members, MemberStatus.votesAndAnswers))
	switch q := seen.Cluster.Quorum; {
	case found.Other != "":
		found.Facts |= guard.Ended
	case q.Known && answering < q.Needed:
		found.Facts |= guard.FewVoters
	case q.Known:
		found.Facts |= guard.EnoughVoters
	default:
		ways, why := unasked(err)
		found.Facts, found.Why = found.Facts|ways, why
	}
	row, _ := guard.Judge(found)
	return row.Diagnostic(found, schema.SeverityError)
}

// unasked says why no member could be asked, if none could: the faults of all, and in words who has which.
func unasked(err error) (ways guard.Facts, why string) {
	var nobody *drivers.NobodyError
	if !errors.As(err, &nobody) {
		if drivers.Is(err, drivers.Denied) { // they answer, and keep the rest to those who may see it
			return guard.Denied, drivers.Cause(err)
		}
		return 0, ""
	}
	by := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(nobody.Hosts)) {
		host := nobody.Hosts[name]
		ways |= guard.OfFault(host.FaultKind)
		by[host.Fault] = append(by[host.Fault], name)
	}
	var all []string
	for fault, names := range by {
		all = append(all, strings.Join(names, ", ")+": "+fault)
	}
	slices.Sort(all)
	return ways, strings.Join(all, "; ")
}

// ended says on which members the cluster's certificate has ended, and when.
func (s *Session) ended(ctx context.Context, at opened) []string {
	inspector, ok := at.backend.(drivers.Inspector)
	if !ok {
		return nil
	}
	on := map[string][]string{}
	for i, end := range each(s.Limits.Parallelism, at.want.Members, func(m schema.Member) time.Time {
		_, cluster, err := inspector.Certificates(ctx, m.Name)
		if err != nil {
			return time.Time{}
		}
		end, _ := endOf(cluster)
		return end
	}) {
		if !end.IsZero() && !end.After(s.Now()) {
			day := end.UTC().Format(time.DateTime)
			on[day] = append(on[day], at.want.Members[i].Name)
		}
	}
	var out []string
	for day, members := range on {
		out = append(out, fmt.Sprintf("on %s UTC, as cluster.crt of %s says", day, strings.Join(members, ", ")))
	}
	slices.Sort(out)
	return out
}
