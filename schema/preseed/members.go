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
type memberSource struct {
	entry schema.MemberEntry
	fill  *filling
	doc   *document
}

// readMembers finds all members, and then claims what the files say of them: the entries, the join documents
// and the bootstrap document are about one member each, the defaults about all.
func (d *decoder) readMembers() {
	var listed []memberSource
	for _, doc := range d.documents {
		d.readDefaults(doc)
		listed = append(listed, d.readListed(doc)...)
		if doc.owner != "" {
			m := d.memberNamed(doc.owner, doc.fill.where("server_name"))
			d.attachJoin(m, doc)
		}
	}
	d.nameBootstrap()
	for _, source := range listed {
		d.claimMember(source.entry.Name, source, byMember)
	}
	for _, doc := range d.documents {
		if doc.owner != "" {
			d.claimMember(doc.owner, doc.asMember(), doc.strength())
		}
	}
	for _, m := range d.members {
		if d.leaves(m.name) {
			continue
		}
		for _, source := range d.defaults {
			d.claimMember(m.name, source, byDefaults)
		}
	}
}

// leaves reports a member that is to be removed, or is gone already.
func (d *decoder) leaves(name string) bool {
	state := schema.State(d.claims[claimKey{ref: memberRef(name), part: "state"}].value)
	return state == schema.StateAbsent || state == schema.StateLost
}

// nameBootstrap gives a bootstrap document without server_name to the first of members:.
func (d *decoder) nameBootstrap() {
	if d.bootstrap == nil || d.bootstrap.owner != "" {
		return
	}
	for _, m := range d.members {
		if m.listed {
			d.bootstrap.owner = m.name
			return
		}
	}
	d.report.errorAt(d.bootstrap.fill.where(""), problem{
		code: schema.CodeBootstrap, summary: "cannot bootstrap: server_name is missing",
		detail: "ServerName is required when enabling clustering.", hint: "add server_name:",
	})
}

// attachJoin gives a member its join document; there may be one, and the bootstrap member has none.
func (d *decoder) attachJoin(m *memberDraft, doc *document) {
	switch {
	case doc.role == bootstrapRole:
		return
	case m.join != nil:
		d.duplicateMember(m.name, doc.fill.where("server_name"), m.join.fill.where("server_name"))
	case d.bootstrap != nil && d.bootstrap.owner == m.name:
		d.duplicateMember(m.name, doc.fill.where("server_name"), d.bootstrap.fill.where("server_name"))
	}
	m.join = doc
}

func (d *decoder) duplicateMember(name string, at, before schema.Position) {
	d.report.add(schema.SeverityError, at, problem{
		code: schema.CodeDuplicate, summary: "cannot have two members called " + name,
		detail: "The name is already used in " + before.String() + ".", hint: "give each member a name of its own",
	}, before)
}

func (d *decoder) readDefaults(doc *document) {
	n := doc.root.get("members_defaults")
	if n == nil || n.null {
		return
	}
	source := memberSource{fill: newFilling(d.report, "members_defaults section", n, &d.budget), doc: doc}
	source.fill.fill("", n, reflectOf(&source.entry))
	source.fill.checkTags(d.validate, &source.entry, "Name")
	for _, own := range []string{"name", "address", "replaces"} {
		if at, said := source.fill.at[own]; said {
			d.report.errorAt(at, problem{
				code: schema.CodePlacement, summary: "cannot set " + own + " for all members",
				detail: "It must differ from member to member.", hint: "move it to the entries under members:",
			})
		}
	}
	source.entry.Name, source.entry.Address = "", ""
	d.defaults = append(d.defaults, source)
}

// readListed reads members: of a document.
func (d *decoder) readListed(doc *document) []memberSource {
	kind, ok := d.reg.Kind(schema.KindMember)
	n := doc.root.get(kind.Plural)
	if !ok || n == nil || n.null {
		return nil
	}
	if n.kind != sequence {
		d.report.errorAt(n.at, problem{
			code: schema.CodeType, summary: "cannot read members: it must be a list, and is " + an(n.kind.String()),
			hint: "begin each member with a dash: - name: node1",
		})
		return nil
	}
	var out []memberSource
	seen := map[string]schema.Position{}
	for _, item := range n.items {
		source := memberSource{fill: newFilling(d.report, kind.Title, item, &d.budget), doc: doc}
		source.fill.fill("", item, reflectOf(&source.entry))
		source.fill.checkTags(d.validate, &source.entry)
		name := source.entry.Name
		if name == "" {
			continue
		}
		at := source.fill.where("name")
		if before, twice := seen[name]; twice {
			d.duplicateMember(name, at, before)
			continue
		}
		seen[name] = at
		m := d.memberNamed(name, at)
		m.listed = true
		m.sources = append(m.sources, source)
		out = append(out, source)
	}
	return out
}

// asMember reads the section cluster: as an entry of members:.
func (doc *document) asMember() memberSource {
	c := doc.cluster
	f := *doc.fill
	f.at = map[string]schema.Position{
		"": f.where("server_name"), "name": f.where("server_name"),
		"address": f.where("server_address"), "member_config": f.where("member_config"),
	}
	e := schema.MemberEntry{Name: doc.owner, Address: c.ServerAddress, MemberConfig: c.MemberConfig}
	return memberSource{entry: e, fill: &f, doc: doc}
}

// claimMember claims what a source says of a member's object, its server keys, and its parts of pools and networks.
func (d *decoder) claimMember(name string, source memberSource, by strength) {
	kind, _ := d.reg.Kind(schema.KindMember)
	source.entry.Name = name
	o := kind.Object(&source.entry)
	if _, known := d.found[o.Ref]; !known {
		d.found[o.Ref] = d.memberNamed(name, source.fill.at[""]).at
	}
	d.claimBody(o, source.fill, by)
	server, _ := d.reg.Kind(schema.KindServer)
	serverRef := schema.Ref{Kind: schema.KindServer, Name: schema.ServerName}
	for _, key := range slices.Sorted(maps.Keys(o.Config)) {
		path := "config." + key
		c := source.fill.said(path, o.Config[key], by)
		rule, ofMember := kind.Rule("", key)
		if !ofMember {
			rule, _ = server.Rule("", key)
		}
		c.value = d.secret(serverRef, rule, key, c.value, source.fill.secrets[path], c.at)
		switch {
		case ofMember:
			d.claim(claimKey{ref: o.Ref, part: "config", a: key}, c)
		case key == "cluster.https_address":
			d.claimAddress(name, c)
		default:
			d.claim(claimKey{ref: serverRef, part: "members", a: name, b: key}, c)
		}
	}
	d.claimMemberConfig(name, source.entry.MemberConfig, by)
}

func (d *decoder) claimMemberConfig(member string, keys schema.MemberConfig, by strength) {
	for _, k := range keys {
		kind, ok := d.reg.Entity(k.Entity)
		if !ok {
			d.report.errorAt(k.Pos, d.noEntity(k.Entity))
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
			d.report.warningAt(k.Pos, problem{
				code: schema.CodePlacement, summary: "ignored " + k.Key + " in member_config of " + d.reg.NameOf(ref),
				detail: "It is the same on all members; LXD leaves it out with a line in its log.", hint: "remove the entry",
			})
			continue
		}
		d.claim(claimKey{ref: ref, part: "members", a: member, b: k.Key}, claim{value: k.Value, at: k.Pos, strength: by})
	}
}

// noEntity says that member_config has no keys of such things.
func (d *decoder) noEntity(name string) problem {
	var words, titles []string
	for _, kind := range d.reg.Entities() {
		words, titles = append(words, kind.Entity()), append(titles, kind.Title+"s")
	}
	return problem{
		code: schema.CodeValue, summary: "cannot use member_config of " + quote(name),
		detail: "Members have keys of their own in " + strings.Join(titles, " and ") + ".", hint: schema.DidYouMean(name, words),
	}
}
