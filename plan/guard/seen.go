package guard

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"clusterctl/plan"
	"clusterctl/schema"
)

// Seen is what was seen of one member, or of a server that is to become one, and what for it was looked at. The texts
// fill the words of the table.
type Seen struct {
	Facts                  Facts
	Member, Address, Other string
	// Why is the fault of its connection in words, Age how old its last heartbeat is.
	Why     string
	Age     time.Duration
	Product schema.Product
}

// LookAt returns what a reading shows of a member or joiner, looked at for that. Of a member that the preseed does not
// name the others tell whether they reach it, when they are asked for what it says of itself.
func LookAt(f schema.Facts, name, address string, what Facts) Seen {
	m, row := f.Members[name]
	host, connected := f.Hosts[name]
	s := Seen{Member: name, Address: cmp.Or(m.Address, address), Other: host.Name, Why: host.Fault, Age: m.HeartbeatAge,
		Product: f.Flavour.Product, Facts: what}
	_, blind := f.NotSeen(schema.LookJoins, "")
	switch {
	case !f.Clustered: // there is no database that has rows
	case row && m.State == schema.StatePending:
		s.Facts |= Pending
	case row && m.Online:
		s.Facts |= Listed | Young
	case row:
		s.Facts |= Listed | Late
	case blind:
		s.Facts |= NotListed
	default:
		s.Facts |= NoRow
	}
	switch dark, unseen := f.NotSeen(schema.LookServerKeys, name); {
	case connected:
		s.Facts |= answer(f, name, host)
	case what == ToChangeAll && unseen && faults[dark.Fault].Has(Silent|Starting):
		s.Facts, s.Why = s.Facts|Unreached, dark.Cause
	}
	return s
}

// faults are the facts that a fault of a connection stands for.
var faults = map[schema.Fault]Facts{schema.FaultHostKey: HostKey, schema.FaultHostKeyUnknown: HostKey,
	schema.FaultCertificate: WrongCertificate, schema.FaultDenied: Denied, schema.FaultStarting: Starting,
	schema.FaultUnreachable: Silent, schema.FaultTimeout: Silent}

// OfFault is the fact that a fault of a connection stands for.
func OfFault(kind schema.Fault) Facts { return cmp.Or(faults[kind], Broken) }

// answer is what the daemon behind the connection of a member says of itself. One that was renamed says its earlier
// name until it restarts (lxd 5.0.2, measured): its address and its certificate tell that it is the same.
func answer(f schema.Facts, name string, host schema.HostFacts) Facts {
	row := f.Members[name]
	_, known := f.Members[host.Name]
	switch {
	case host.JoinFailed:
		return HalfMember
	case host.Joining:
		return HalfJoined
	case host.Restricted:
		return Restricted
	case host.Fault != "":
		return OfFault(host.FaultKind)
	case host.HalfBootstrapped && host.Entering:
		return Bootstrapping
	case host.HalfBootstrapped:
		return HalfBootstrapped
	case host.Entering:
		return Entering
	case !host.Clustered && host.Blank:
		return Blank
	case !host.Clustered:
		return Alone
	case different(host.Certificate, f.Certificate), row.Address == "" && !same(host.Certificate, f.Certificate):
		return Foreign
	case host.Name == "" || host.Name == name:
	case !known && host.Config["cluster.https_address"] == row.Address && same(host.Certificate, f.Certificate):
		return Renamed
	case known || row.Address != "":
		return AnotherMember
	}
	return Ours
}

// Bootstraps are the servers whose bootstrap goes on, or broke off.
func Bootstraps(f schema.Facts) (out []Seen) {
	for _, name := range slices.Sorted(maps.Keys(f.Hosts)) {
		if s := LookAt(f, name, "", ToUse); s.Facts.Has(Bootstrapping | HalfBootstrapped) {
			out = append(out, s)
		}
	}
	return out
}

// different reports that two certificates in PEM are both known and not the same. Members keep the cluster's
// certificate with different line ends, so the bytes inside are compared.
func different(a, b string) bool {
	x, y := schema.Fingerprint(a), schema.Fingerprint(b)
	return x != "" && y != "" && x != y
}

// same reports that two certificates are known and are one.
func same(a, b string) bool {
	return schema.Fingerprint(a) != "" && schema.Fingerprint(a) == schema.Fingerprint(b)
}

// guardCertificates refuses a join whose document pins another certificate than the cluster's. Before there is a
// cluster the only one to be had is the bootstrap member's own, which LXD's documentation says to take; LXD 5.0.2
// makes a new one at the bootstrap, so the cluster is then asked for it.
func guardCertificates(p Proposal) schema.Diagnostics {
	real, whose, file := p.Live.Facts.Certificate, "the cluster's", "cluster.crt"
	if p.Bootstrap != "" {
		real, whose, file = p.Live.Facts.Hosts[p.Bootstrap].Certificate, p.Bootstrap+"'s", "server.crt"
	}
	var out schema.Diagnostics
	for _, m := range p.Joiners {
		if !different(m.Certificate, real) {
			continue
		}
		diag := plan.Refusal(plan.CodePinned, p.Want.Source.At(plan.MemberRef(m.Name), "certificate"),
			plan.MemberRef(m.Name), "cannot join %s: the cluster_certificate of its document is not %s", m.Name, whose)
		diag.Member = m.Name
		diag.Detail = "Its fingerprint is " + schema.Fingerprint(m.Certificate) + ", the server shows " +
			schema.Fingerprint(real) + "."
		diag.Hint = "leave cluster_certificate out and the cluster is asked, or copy " + file + " from a member"
		out = append(out, diag)
	}
	return out
}
