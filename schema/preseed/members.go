package preseed

import (
	"maps"
	"slices"
	"strings"

	"clusterctl/schema"
)

// memberDraft is a member while the files are read.
type memberDraft struct {
	name string
	at   schema.Position
	// listed reports an entry under members:.
	listed bool
	// sources are what the files say of it beside its object, the strongest first.
	sources []memberSource
	// join is its join document; nil when there is none.
	join *document
}

// memberSource is one entry of members:, or one members_defaults:.
type memberSource = filled[schema.MemberEntry]

// readMembers finds all members, and then claims what the files say of them: the entries, the join documents
// and the bootstrap document are about one member each, the defaults about all.
func (j *judge) readMembers() {
	var listed []memberSource
	for i := range j.documents {
		doc := &j.documents[i]
		j.readDefaults(doc.defaults)
		j.sections(doc, func(kind schema.Kind, s section) {
			if kind.Lifecycle == schema.Membership {
				listed = append(listed, j.readListed(s)...)
			}
		})
		if doc.owner != "" {
			m := j.memberNamed(doc.owner, doc.cluster.fill.where("server_name"))
			j.attachJoin(m, doc)
		}
	}
	j.nameBootstrap()
	for _, source := range listed {
		j.claimMember(source.entry.Name, source, byMember)
	}
	for i := range j.documents {
		if doc := &j.documents[i]; doc.owner != "" {
			j.claimMember(doc.owner, doc.asMember(), doc.strength())
		}
	}
	for _, m := range j.members {
		if j.leaves(m.name) {
			continue
		}
		for _, source := range j.defaults {
			j.claimMember(m.name, source, byDefaults)
		}
	}
}

// leaves reports a member that is to be removed, or is gone already.
func (j *judge) leaves(name string) bool {
	claim, _ := j.claims.get(claimKey{ref: memberRef(name), part: "state"})
	state := schema.State(claim.value)
	return state == schema.StateAbsent || state == schema.StateLost
}

// nameBootstrap gives a bootstrap document without server_name to the first of members:.
func (j *judge) nameBootstrap() {
	if j.bootstrap == nil || j.bootstrap.owner != "" {
		return
	}
	for _, m := range j.members {
		if m.listed {
			j.bootstrap.owner = m.name
			return
		}
	}
	j.report.errorAt(j.bootstrap.cluster.fill.where(""), schema.Mistake(schema.CodeBootstrap,
		"cannot bootstrap: server_name is missing", "ServerName is required when enabling clustering.", "add server_name:"))
}

// attachJoin gives a member its join document; there may be one, and the bootstrap member has none.
func (j *judge) attachJoin(m *memberDraft, doc *document) {
	switch {
	case doc.role == bootstrapRole:
		return
	case m.join != nil:
		j.duplicateMember(m.name, doc.cluster.fill.where("server_name"), m.join.cluster.fill.where("server_name"))
	case j.bootstrap != nil && j.bootstrap.owner == m.name:
		j.duplicateMember(m.name, doc.cluster.fill.where("server_name"), j.bootstrap.cluster.fill.where("server_name"))
	}
	m.join = doc
}

func (j *judge) duplicateMember(name string, at, before schema.Position) {
	j.report.add(schema.SeverityError, at, schema.Mistake(schema.CodeDuplicate, "cannot have two members called "+name,
		"The name is already used in "+before.String()+".", "give each member a name of its own"), before)
}

func (j *judge) readDefaults(given *memberSource) {
	if given == nil {
		return
	}
	source := *given
	j.checkTags(source.fill, &source.entry, "Name")
	for _, own := range []string{"name", "address", "replaces"} {
		if at, said := source.fill.at(own); said {
			j.report.errorAt(at, schema.Mistake(schema.CodePlacement, "cannot set "+own+" for all members",
				"It must differ from member to member.", "move it to the entries under members:"))
		}
	}
	source.entry.Name, source.entry.Address = "", ""
	j.defaults = append(j.defaults, source)
}

// readListed judges the entries of members: of a document.
func (j *judge) readListed(s section) []memberSource {
	var out []memberSource
	seen := map[string]schema.Position{}
	for _, item := range s.entries {
		entry, _ := item.entry.(*schema.MemberEntry)
		source := memberSource{entry: *entry, fill: item.fill}
		j.checkTags(source.fill, entry)
		name := source.entry.Name
		if name == "" {
			continue
		}
		at := source.fill.where("name")
		if before, twice := seen[name]; twice {
			j.duplicateMember(name, at, before)
			continue
		}
		seen[name] = at
		m := j.memberNamed(name, at)
		m.listed = true
		m.sources = append(m.sources, source)
		out = append(out, source)
	}
	return out
}

// asMember reads the section cluster: as an entry of members:.
func (doc *document) asMember() memberSource {
	c := doc.cluster.entry
	f := *doc.cluster.fill
	f.places = places{}
	for path, of := range map[string]string{"": "server_name", "name": "server_name", "address": "server_address",
		"member_config": "member_config"} {
		f.stand(path, doc.cluster.fill.where(of))
	}
	e := schema.MemberEntry{Name: doc.owner, Address: c.ServerAddress, MemberConfig: c.MemberConfig}
	return memberSource{entry: e, fill: &f}
}

// claimMember claims what a source says of a member's object, its server keys, and its parts of pools and networks.
func (j *judge) claimMember(name string, source memberSource, by strength) {
	kind, _ := j.reg.Kind(schema.KindMember)
	source.entry.Name = name
	o := kind.Object(&source.entry)
	j.claims.about(o.Ref, j.memberNamed(name, source.fill.place()).at)
	j.claimBody(o, source.fill, by)
	serverRef := schema.Ref{Kind: schema.KindServer, Name: schema.ServerName}
	for _, key := range slices.Sorted(maps.Keys(o.Config)) {
		path := "config." + key
		c := source.fill.said(path, o.Config[key], by)
		owner, rule, _ := j.reg.ConfigRule(kind, "", key)
		c = c.hiding(rule)
		switch {
		case owner.Name == kind.Name:
			j.claim(claimKey{ref: o.Ref, part: "config", a: key}, c)
		case key == "cluster.https_address":
			j.claimAddress(name, c)
		default:
			j.claim(claimKey{ref: serverRef, part: "members", a: name, b: key}, c)
		}
	}
	j.claimMemberConfig(name, source.entry.MemberConfig, by)
}

func (j *judge) claimMemberConfig(member string, keys schema.MemberConfig, by strength) {
	for _, k := range keys {
		kind, ok := j.reg.Entity(k.Entity)
		if !ok {
			j.report.errorAt(k.Pos, j.noEntity(k.Entity))
			continue
		}
		if k.Name == "" || k.Key == "" {
			continue // reported by the tags of the entry
		}
		ref := schema.Ref{Kind: kind.Name, Name: k.Name}
		if kind.Scope == schema.ScopeProject {
			ref.Project = schema.DefaultProject
		}
		if _, attr := kind.Attr(k.Key); attr {
			j.report.warningAt(k.Pos, schema.Mistake(schema.CodePlacement,
				"ignored "+k.Key+" in member_config of "+j.reg.NameOf(ref),
				"It is the same on all members; "+j.product.Title()+" leaves it out with a line in its log.", "remove the entry"))
			continue
		}
		j.claim(claimKey{ref: ref, part: "members", a: member, b: k.Key},
			claim{value: k.Value, at: k.Pos, strength: by}.hide(k.Secret))
	}
}

// noEntity says that member_config has no keys of such things.
func (j *judge) noEntity(name string) schema.Problem {
	var words, titles []string
	for _, kind := range j.reg.Entities() {
		words, titles = append(words, kind.Entity()), append(titles, kind.Title+"s")
	}
	return schema.Mistake(schema.CodeValue, "cannot use member_config of "+quote(name),
		"Members have keys of their own in "+strings.Join(titles, " and ")+".", schema.DidYouMean(name, words))
}
