package session

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"clusterctl/drivers"
	"clusterctl/drivers/offline"
	"clusterctl/plan"
	"clusterctl/plan/build"
	"clusterctl/plan/care"
	"clusterctl/schema"
)

// examine gathers what can be seen of a cluster and makes a diagnosis of it.
func (s *Session) examine(ctx context.Context, at opened) (*Diagnosis, error) {
	trusted, expiry, untrusted := trustStore(ctx, at.backend)
	live, err := s.Read(ctx, at.backend)
	if err == nil {
		live = s.withRemains(ctx, at.backend, at.want, live)
	}
	d := &Diagnosis{Files: at.want.Files, Facts: live.Facts, live: live, Beyond: s.beyond(ctx, at)}
	if err != nil {
		d.Findings = s.withoutLeader(ctx, at, err)
		return d, err
	}
	for _, unseen := range live.Facts.Unseen {
		d.Unmade = append(d.Unmade, care.Unmade{Check: unseen.Text, Member: unseen.Member, Cause: unseen.Cause})
	}
	if untrusted != nil {
		d.Unmade = append(d.Unmade, care.Unmade{Check: "the trust store", Cause: drivers.Cause(untrusted)})
	}
	o := care.Observation{Live: live, Trusted: trusted, Expiry: expiry, Now: s.Now()}
	if !live.Facts.AsOf.IsZero() {
		o.Now = live.Facts.AsOf
	}
	if end, ok := endOf(live.Facts.Certificate); ok {
		o.Expiry["the cluster's certificate"] = end
	}
	if inspector, ok := at.backend.(drivers.Inspector); ok && live.Facts.Clustered {
		var unmade [3][]care.Unmade
		o.Raft, unmade[0] = s.raftOf(ctx, inspector, live)
		o.Local, o.Clocks, o.Own, unmade[1] = s.ownViews(ctx, inspector, live)
		o.Blocked, unmade[2] = s.blocked(ctx, inspector, live)
		d.Unmade = slices.Concat(d.Unmade, unmade[0], unmade[1], unmade[2])
	}
	o.Answers = s.probe(ctx, at.backend, withRaft(addressesOf(live), o.Raft)).answers()
	d.Findings = care.Diagnose(o, s.Registry, build.Build)
	return d, nil
}

// withRaft adds the addresses that only the Raft configuration has, each by itself.
func withRaft(addresses map[string]string, raft schema.Raft) map[string]string {
	out := maps.Clone(addresses)
	known := slices.Collect(maps.Values(addresses))
	for _, m := range raft.Members {
		if !slices.Contains(known, m.Address) {
			out[m.Address] = m.Address
		}
	}
	return out
}

// withoutLeader is what can be said of a cluster whose database gives no answer.
func (s *Session) withoutLeader(ctx context.Context, at opened, err error) []care.Finding {
	if ctx.Err() != nil || CodeOf(err) != ExitUnreachable {
		return nil
	}
	seen := s.rememberedStatus(ctx, at, err)
	out := []care.Finding{{Diagnostic: s.silentDatabase(ctx, at, seen, err)}}
	for _, m := range seen.Members {
		if m.State == "Offline" {
			out = append(out, care.Finding{Diagnostic: schema.Diagnostic{Severity: schema.SeverityError,
				Code: plan.CodeOffline, Member: m.Name,
				Summary: fmt.Sprintf("%s (%s, %s) does not answer", m.Name, m.Address,
					cmp.Or(m.RaftRole, "role not known")), Hint: "start its daemon"}})
		}
	}
	return out
}

// trustLimit is how long the trust store may take. Without a quorum LXD gives no answer, and there is more to look at.
const trustLimit = 5 * time.Second

// trustStore reads the certificates of servers, and when certificates end. It is additional: without it nothing is
// concluded, and the error says why.
func trustStore(ctx context.Context, backend drivers.Backend) ([]care.TrustedServer, map[string]time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, trustLimit)
	defer cancel()
	expiry := map[string]time.Time{}
	type entry struct{ Fingerprint, Name, Type, Certificate string }
	var list []entry
	api, err := backend.API(ctx, "")
	if err == nil {
		list, err = drivers.Get[drivers.List[entry]](ctx, api, "/1.0/certificates", map[string]string{"recursion": "1"})
	}
	if err != nil {
		zerolog.Ctx(ctx).Debug().Err(err).Msg("reading the trust store")
		return nil, expiry, err
	}
	var servers []care.TrustedServer
	for _, c := range list {
		certificate := parsed(c.Certificate)
		if c.Type == "server" {
			servers = append(servers, care.TrustedServer{Name: c.Name, Fingerprint: c.Fingerprint,
				Keyless: certificate != nil && offline.Keyless(certificate)})
		}
		if certificate != nil {
			expiry["the certificate of the "+c.Type+" "+c.Name] = certificate.NotAfter
		}
	}
	return servers, expiry, nil
}

// endOf returns when a certificate in PEM ends.
func endOf(certificate string) (time.Time, bool) {
	if parsed := parsed(certificate); parsed != nil {
		return parsed.NotAfter, true
	}
	return time.Time{}, false
}

// parsed reads a certificate in PEM; nil for any other text.
func parsed(text string) *x509.Certificate {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return certificate
}

// raftOf asks the leader's dqlite, or else that of any member, for the Raft configuration.
func (s *Session) raftOf(ctx context.Context, inspector drivers.Inspector,
	live schema.Cluster) (schema.Raft, []care.Unmade) {
	cause := "no member is online"
	ctx, cancel := context.WithTimeout(ctx, s.Limits.Timeout)
	defer cancel()
	for _, name := range append([]string{live.Facts.Leader}, live.Facts.MemberOrder()...) {
		m, ok := live.Facts.Members[name]
		if !ok || !m.Online {
			continue
		}
		raft, err := inspector.Raft(ctx, m.Address)
		if err == nil {
			return raft, nil
		}
		cause = drivers.Cause(err)
		zerolog.Ctx(ctx).Debug().Str("member", name).Err(err).Msg("reading the Raft configuration")
	}
	return schema.Raft{}, []care.Unmade{{Check: "the Raft configuration", Cause: cause}}
}

// ownViews asks each reached member for its copy of the Raft configuration, for the time and for its own certificate.
func (s *Session) ownViews(ctx context.Context, inspector drivers.Inspector, live schema.Cluster) (
	local map[string][]schema.RaftMember, clocks map[string]time.Duration, own map[string]schema.CertificateEntry,
	unmade []care.Unmade,
) {
	type ownView struct {
		members     []schema.RaftMember
		ahead       time.Duration
		certificate string
		err         error
	}
	local, clocks = map[string][]schema.RaftMember{}, map[string]time.Duration{}
	own = map[string]schema.CertificateEntry{}
	names := slices.DeleteFunc(live.Facts.MemberOrder(), func(name string) bool {
		return live.Facts.Members[name].State == schema.StatePending
	})
	for i, seen := range each(s.Limits.Parallelism, names, func(name string) (v ownView) {
		v.certificate, _, _ = inspector.Certificates(ctx, name) // without it names decide, and not for sure
		if v.members, v.err = inspector.LocalRaft(ctx, name); v.err == nil {
			v.ahead, v.err = inspector.Clock(ctx, name)
		}
		return v
	}) {
		name := names[i]
		if seen.certificate != "" {
			own[name] = schema.ReadCertificate(seen.certificate)
		}
		if seen.members != nil {
			local[name] = seen.members
		}
		if seen.err == nil {
			clocks[name] = seen.ahead
		} else if live.Facts.Members[name].Online { // that it is offline is a finding of its own
			unmade = append(unmade, care.Unmade{Check: "its copy of the Raft configuration and its clock", Member: name,
				Cause: drivers.Cause(seen.err)})
		}
	}
	return local, clocks, own, unmade
}
