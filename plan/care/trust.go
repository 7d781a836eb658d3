package care

import (
	"slices"
	"strings"

	"clusterctl/plan"
	"clusterctl/plan/guard"
	"clusterctl/plan/view"
	"clusterctl/schema"
)

// checkTrust compares the certificates of members in the trust store with the members: by their own certificates where
// those were read, else by their names. An extra one is stale for sure only when every member is known to have another
// one: a renamed member keeps the old name there.
func checkTrust(e examination) []Finding {
	if len(e.Trusted) == 0 {
		return nil
	}
	var out []Finding
	var without []string // members of which no certificate is known to be there
	theirs := map[string]bool{}
	for _, name := range e.listed() {
		found := false
		for _, t := range e.Trusted {
			if e.theirs(t, name) {
				theirs[t.Fingerprint], found = true, true
			}
		}
		if found {
			continue
		}
		without = append(without, name)
		if !e.strangers[name] { // else whether it is under another name is not known
			out = append(out, e.missingTrust(name)...)
		}
	}
	for _, t := range e.Trusted {
		if !theirs[t.Fingerprint] && !e.fenced[t.Name] { // LXD from 6.8 on has one that a recovery made
			out = append(out, e.spareTrust(t, without)...)
		}
	}
	return out
}

// missingTrust judges a member that no certificate of the trust store is known to be of.
func (e examination) missingTrust(name string) []Finding {
	own := e.Own[name].Fingerprint
	s := guard.Seen{Facts: guard.ToKnow | guard.Listed | guard.MaybeMember | e.inRaft(name), Member: name,
		Product: e.product()}
	if slices.ContainsFunc(e.Trusted, func(t TrustedServer) bool { return t.Keyless && t.Name == name }) {
		s.Facts, own = guard.ToKnow|guard.Listed|guard.GivenUp, "" // whatever it has
	}
	if own == "" {
		return e.judge(s)
	}
	s.Facts, s.Other = guard.ToKnow|guard.Listed|guard.Distrusted|e.inRaft(name), own[:12]
	f := e.judge(s)
	if !s.Facts.Has(guard.Idle | guard.NotInRaft) {
		f[0].Steps = trust(name, e.Own[name])
	}
	return f
}

// spareTrust judges a certificate of the trust store that is none of the members', as far as theirs are known.
func (e examination) spareTrust(t TrustedServer, without []string) []Finding {
	s := guard.Seen{Facts: guard.ToKnow, Member: t.Name, Other: t.Fingerprint[:min(12, len(t.Fingerprint))],
		Why: strings.Join(without, ", "), Product: e.product()}
	switch _, unseen := e.Live.Facts.NotSeen(schema.LookJoins, ""); {
	case e.Live.Facts.Members[t.Name].State == schema.StatePending, e.Live.Facts.Hosts[t.Name].Entering:
		return nil // it joins
	case len(without) > 0:
		s.Facts |= guard.MaybeMember
	case unseen:
		s.Facts |= guard.MaybeJoiner
	default:
		s.Facts |= guard.StaleTrust
	}
	f := e.judge(s)
	f[0].Member = "" // it is none
	switch {
	case !s.Facts.Has(guard.StaleTrust):
	case view.KeepsTrust(e.Live.Facts.Flavour):
		f[0].Hint = e.Live.Facts.Flavour.Title() +
			" deletes no server certificate of its trust store: see that the server which " +
			"has the key is off or wiped"
	default:
		f[0].Steps = distrust(t)
	}
	return f
}

// distrust is the step that takes a certificate out of the trust store.
func distrust(t TrustedServer) []plan.Step {
	return []plan.Step{{
		ID:    plan.StepID("distrust:" + t.Fingerprint),
		Title: "Remove the server certificate of " + t.Name + " from the trust store",
		Op: plan.Op{Kind: plan.OpRequest,
			Request: &plan.Request{Method: "DELETE", Path: "/1.0/certificates/" + t.Fingerprint, Gone: true}},
		Sections: []plan.Section{plan.SectionCluster},
		Risk:     plan.Risk{Level: plan.RiskLow, Stops: "a server that has this key can no longer act as a member"},
	}}
}

// trust is the step that puts a member's own certificate back into the trust store.
func trust(name string, certificate schema.CertificateEntry) []plan.Step {
	return []plan.Step{{
		ID: plan.StepID("trust:" + name), Title: "Put the server certificate of " + name + " back into the trust store",
		Op: plan.Op{Kind: plan.OpRequest, Request: &plan.Request{Method: "POST", Path: "/1.0/certificates",
			Body: plan.Body(map[string]string{"name": name, "type": "server", "certificate": certificate.Base64})}},
		Sections: []plan.Section{plan.SectionCluster}, Risk: plan.Risk{Level: plan.RiskLow},
	}}
}
