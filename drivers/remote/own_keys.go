package remote

import "clusterctl/schema"

// withLocalKeys adds to the server configuration what each daemon said of its own keys; the database has none of
// them. It returns whose were not seen.
func withLocalKeys(live schema.Cluster, hosts []host, forwarded map[string]schema.HostFacts,
	facts schema.Facts) (schema.Cluster, []schema.Sighting) {
	server, ok := live.Get(schema.Ref{Kind: schema.KindServer, Name: schema.ServerName})
	if !ok {
		return live, nil
	}
	server.Members = map[string]schema.Part{}
	for _, h := range hosts {
		name := h.member.Name
		if m, ok := facts.Members[name]; ok && m.State != schema.StatePending && h.facts.Fault == "" && h.facts.Clustered {
			server.Members[name] = schema.Part{Config: h.facts.Config, State: schema.StateCreated}
		}
	}
	for name, h := range forwarded {
		if h.Fault == "" {
			server.Members[name] = schema.Part{Config: h.Config, State: schema.StateCreated}
		}
	}
	var unseen []schema.Sighting
	for _, name := range facts.MemberOrder() {
		if _, ok := server.Members[name]; !ok && facts.Members[name].State != schema.StatePending {
			unseen = append(unseen, keysNotSeen(name, facts.Members[name].Online, hosts, forwarded))
		}
	}
	return live.Replace(server), unseen
}

// keysNotSeen says why the server keys of a member were not seen.
func keysNotSeen(name string, online bool, hosts []host, forwarded map[string]schema.HostFacts) schema.Sighting {
	found := forwarded[name]
	for _, h := range hosts {
		if h.member.Name == name {
			found = h.facts
		}
	}
	s := schema.Sighting{What: schema.LookServerKeys, Member: name, Fault: found.FaultKind, Cause: found.Fault}
	switch {
	case found.Fault != "":
	case found.JoinFailed:
		s.Fault, s.Cause = schema.FaultUnreachable, "its daemon takes itself for no member"
	case found.Flavour.Product != "":
		s.Fault, s.Cause = schema.FaultUnreachable, "the server behind its connection is no member of this cluster"
	case online:
		s.Cause = "no member is reached that passes the question on"
	default:
		s.Fault, s.Cause = schema.FaultUnreachable, "it is offline"
	}
	s.Text = "the server keys of " + name + " are not seen: " + s.Cause
	return s
}
