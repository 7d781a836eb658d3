package preseed

import (
	"fmt"
	"net"
	"slices"

	"clusterctl/schema"
)

// Advise returns what is right and often regretted later. It judges nothing: what it names is a choice, and a comment
// that says why silences it, see [ignoring].
func (e *Entries) Advise(p schema.Preseed) schema.Diagnostics {
	a := adviser{p: p}
	for _, look := range []func(*adviser){adviseMembers, adviseServer, advisePools, adviseRoot} {
		look(&a)
	}
	for i := range a.found {
		a.found[i].Excerpt = e.report.excerpt(a.found[i].Position)
	}
	return e.report.heeding(a.found)
}

type adviser struct {
	p     schema.Preseed
	found schema.Diagnostics
}

func (a *adviser) say(code schema.Code, ref schema.Ref, field, summary, detail, hint string) {
	a.found = append(a.found, schema.Diagnostic{Severity: schema.SeverityAdvice, Code: code, Ref: ref,
		Position: a.p.Source.At(ref, field), Summary: summary, Detail: detail, Hint: hint})
}

func adviseMembers(a *adviser) {
	domains := map[string]bool{}
	var staying []schema.Object
	for _, m := range a.p.Want.OfKind(schema.KindMember) {
		if m.State == schema.StateAbsent || m.State == schema.StateLost {
			continue
		}
		staying = append(staying, m)
		domains[m.Attrs["failure_domain"]] = true
		if host, _, err := net.SplitHostPort(m.Attrs["address"]); err == nil && net.ParseIP(host) == nil {
			a.say(schema.CodeAddressByName, m.Ref, "attrs.address", "the address of member "+m.Ref.Name+" is a name",
				"When names cannot be resolved the members do not find each other any more.", "give the IP address")
		}
	}
	if len(staying) == 0 {
		return
	}
	first := staying[0].Ref
	switch {
	case len(staying) == 2:
		a.say(schema.CodeFewVoters, first, "", "a cluster of 2 members stops when either of them fails",
			"Its database needs more than half of the voters, and of two that is both.", "add a third member, if a small one")
	case len(staying) > 2 && len(domains) < 3:
		a.say(schema.CodeFewDomains, first, "attrs.failure_domain",
			fmt.Sprintf("%d members are in %s", len(staying), schema.Count(len(domains), "failure domain")),
			"The voters of the database are spread over failure domains. With less than three, one that fails may take most "+
				"voters with it.",
			"give each member its failure_domain:, such as the rack or the power line, or say that there is one")
	}
}

func adviseServer(a *adviser) {
	server, _ := a.p.Want.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	if server.Config["core.trust_password"] != "" {
		a.say(schema.CodeTrustPassword, server.Ref, "config.core.trust_password", "a trust password stays set",
			"Whoever knows it, or guesses it, gets all rights on the cluster. Members join without it.",
			`leave it out, or set it to "" once nobody needs it`)
	}
	for _, member := range server.MemberNames() {
		address := server.Members[member].Config["core.https_address"]
		host, _, err := net.SplitHostPort(address)
		if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
			a.say(schema.CodeListensEverywhere, server.Ref, "members."+member+".core.https_address",
				member+" offers its API on every network it is in", "That may be one where clients, or anybody, are.",
				"give the address of the network that the clients are in")
		}
	}
}

// onLoopFiles are the drivers that make a file where no source is given.
var onLoopFiles = []string{"btrfs", "lvm", "zfs"}

func advisePools(a *adviser) {
	for _, pool := range a.p.Want.OfKind(schema.KindStoragePool) {
		if !slices.Contains(onLoopFiles, pool.Attrs["driver"]) || pool.Config["source"] != "" {
			continue
		}
		for _, member := range a.p.Members {
			if pool.Members[member.Name].Config["source"] == "" {
				a.say(schema.CodeLoopFile, pool.Ref, "", fmt.Sprintf("storage pool %s is a file on %s", pool.Ref.Name, member.Name),
					"Without a source the server makes a file on its own disk, which is slow, and full sooner than that disk.",
					"name a disk or partition: member_config: {storage-pool: {"+pool.Ref.Name+": {source: /dev/...}}}")
				break
			}
		}
	}
}

func adviseRoot(a *adviser) {
	ref := schema.Ref{Kind: schema.KindProfile, Project: schema.DefaultProject, Name: "default"}
	profile, said := a.p.Want.Get(ref)
	for _, device := range profile.Devices {
		if device["type"] == "disk" && device["path"] == "/" {
			return
		}
	}
	if said && len(a.p.Want.OfKind(schema.KindStoragePool)) > 0 {
		a.say(schema.CodeNoRootDisk, ref, "", "the profile default has no root disk",
			"An instance that is made without saying where its disk is cannot be made.",
			"add to it devices: {root: {type: disk, path: /, pool: POOL}}")
	}
}
