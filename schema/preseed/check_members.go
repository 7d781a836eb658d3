package preseed

import (
	"cmp"
	"strings"

	"clusterctl/schema"
)

func memberRef(name string) schema.Ref { return schema.Ref{Kind: schema.KindMember, Name: name} }

// checkMembers looks at addresses, duplicates and replacements.
func (j *judge) checkMembers() {
	for _, at := range j.unclustered {
		if len(j.p.Members) > 0 && !j.report.hasError(at) {
			j.report.errorAt(at, schema.Mistake(schema.CodeConflict, "cannot form a cluster where enabled: is false",
				"members: lists who is in it, and the section cluster: says that there is none.",
				"write enabled: true, or remove the key"))
		}
	}
	byAddress := map[string]schema.Member{}
	for _, m := range j.p.Members {
		o, _ := j.p.Want.Get(memberRef(m.Name))
		j.checkReplaces(m)
		if o.State == schema.StateAbsent || o.State == schema.StateLost {
			continue
		}
		if !j.checkAddress(m) {
			continue
		}
		same := schema.AddressForm(m.Address)
		if other, taken := byAddress[same]; taken {
			j.wrong(memberRef(m.Name), m.Name, "attrs.address", schema.Mistake(schema.CodeDuplicate,
				"cannot give "+m.Name+" the address "+m.Address+": it is the one of "+other.Name,
				"Members reach each other by their addresses.", "give each member an address of its own"))
		}
		byAddress[same] = m
	}
}

func (j *judge) checkReplaces(m schema.Member) {
	if m.Replaces == "" {
		return
	}
	lost, there := j.p.Want.Get(memberRef(m.Replaces))
	if m.Replaces == m.Name || there && lost.State != schema.StateLost && lost.State != schema.StateAbsent {
		j.wrong(memberRef(m.Name), m.Name, "", schema.Mistake(schema.CodeValue,
			"cannot let "+m.Name+" replace "+m.Replaces+": that member is not lost",
			"Only the place of a member with state: lost can be taken.",
			"set state: lost on "+m.Replaces+", or remove replaces:"))
	}
}

// checkJoins holds the join documents against the bootstrap document and against each other.
func (j *judge) checkJoins() {
	var first *document
	for _, draft := range j.members {
		doc := draft.join
		if doc == nil {
			continue
		}
		j.checkToken(doc)
		j.checkPassword(doc)
		j.checkTarget(doc)
		if first == nil {
			first = doc
			continue
		}
		a, _ := schema.MendPEM(first.cluster.entry.Certificate)
		b, _ := schema.MendPEM(doc.cluster.entry.Certificate)
		if x, y := schema.Fingerprint(a), schema.Fingerprint(b); x != "" && y != "" && x != y {
			at, before := doc.cluster.fill.where("cluster_certificate"), first.cluster.fill.where("cluster_certificate")
			j.report.add(schema.SeverityError, at, schema.Mistake(schema.CodeConflict,
				"cannot join with two different cluster certificates",
				"A cluster has one certificate, and "+before.String()+" gives another one.",
				"use the contents of cluster.crt in all of them, or leave cluster_certificate out"), before)
		}
	}
}

// checkToken wants a token to be for the member that joins with it.
func (j *judge) checkToken(doc *document) {
	if token, ok := readToken(doc.cluster.entry.Token.Reveal()); ok && token.ServerName != doc.owner {
		j.report.errorAt(doc.cluster.fill.where("cluster_token"), schema.Mistake(schema.CodeToken,
			"cannot join "+doc.owner+" with a token for "+token.ServerName, "A token is good for the name it was made for.",
			"run "+j.product.Client()+" cluster add "+doc.owner+", or leave the token out"))
	}
}

// checkPassword compares the passwords of a join document and of the bootstrap document where both are in clear.
func (j *judge) checkPassword(doc *document) {
	given := doc.cluster.entry.Password
	if !given.IsZero() && j.product == schema.Incus && !j.assumed() {
		j.report.errorAt(doc.cluster.fill.where("cluster_password"), schema.Problem{Code: schema.CodeNotSupported,
			Summary: "cannot use cluster_password", Detail: "Incus has no such field.",
			Hint: "remove it: a token is used; or give one as cluster_token"})
		return
	}
	if given.IsZero() || j.bootstrap == nil {
		return
	}
	if _, token := readToken(given.Reveal()); token {
		return
	}
	at := doc.cluster.fill.where("cluster_password")
	trust, set := j.secrets["server/core.trust_password"]
	switch {
	case !set:
		j.report.warningAt(at, schema.Mistake(schema.CodePassword, "the bootstrap document sets no core.trust_password",
			"The join works only if the cluster has a trust password already.",
			"add core.trust_password to its config:, or remove cluster_password: a token is then used"))
	case given.Reveal() != "" && trust.Reveal() != "" && given.Reveal() != trust.Reveal():
		j.report.add(schema.SeverityError, at, schema.Mistake(schema.CodePassword,
			"cannot join "+doc.owner+": cluster_password is not core.trust_password of the bootstrap document",
			"The password there is another one ("+trust.Pos.String()+").",
			"make both the same, or remove cluster_password: a token is then used"), trust.Pos)
	}
}

// checkTarget wants a join document to aim at a member of the same input.
func (j *judge) checkTarget(doc *document) {
	target, at := doc.cluster.entry.ClusterAddress, doc.cluster.fill.where("cluster_address")
	if target == "" {
		return
	}
	target = schema.AddressForm(target)
	if fault := addressFault(target, false); fault != "" {
		hint := cmp.Or(placeholderHint(target), rightAddress(target, false),
			"write HOST:PORT of a member, for example 10.0.0.1:8443")
		j.report.errorAt(at, schema.Problem{Code: schema.CodeAddress,
			Summary: "cannot use " + quote(target) + " as cluster_address", Detail: fault, Hint: hint})
		return
	}
	if j.bootstrap == nil || !isIP(target) {
		return
	}
	var known []string
	for _, m := range j.p.Members {
		if !isIP(m.Address) || schema.AddressForm(m.Address) == schema.AddressForm(target) {
			return
		}
		known = append(known, m.Address)
	}
	j.report.errorAt(at, schema.Mistake(schema.CodeConflict,
		"cannot join a cluster at "+target+": no member of the preseed has that address",
		"The members are at "+strings.Join(known, ", ")+".", schema.DidYouMean(target, known)))
}
