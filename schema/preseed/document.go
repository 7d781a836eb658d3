package preseed

import (
	"maps"
	"slices"
	"strings"

	"clusterctl/schema"
)

// role is what a document is, which follows from what it says and not from its name or place:
//   - cluster.enabled without cluster_address or cluster_token: the bootstrap document, at most one;
//   - with one of them: the join document of cluster.server_name, an older spelling of a members: entry;
//   - no cluster: a fragment of the cluster's global part, or an overlay with members: and clusterctl:.
type role int

const (
	fragment role = iota
	bootstrapRole
	joinRole
)

// document is one YAML document. Its role and owner are found out by whoever judges it, in a copy.
type document struct {
	keys     []topLevel
	cluster  *filled[schema.ClusterEntry]
	settings *filled[schema.SettingsEntry]
	defaults *filled[schema.MemberEntry]
	sections []section

	role role
	// owner is the member whose document it is, in the bootstrap document and in a join document.
	owner string
}

// topLevel is a key of a document, without what stands below it.
type topLevel struct {
	key   string
	at    schema.Position
	empty bool
}

// strength is how strongly a document speaks about its own member.
func (doc *document) strength() strength {
	if doc.role == bootstrapRole {
		return byBootstrap
	}
	return byDocument
}

// recognise reads the sections cluster: and clusterctl: and gives each document its role.
func (j *judge) recognise() {
	for i := range j.documents {
		doc := &j.documents[i]
		j.checkTopLevel(doc)
		j.sections(doc, func(_ schema.Kind, s section) { j.report.take(s.report) })
		j.readSettings(doc.settings)
		if doc.cluster == nil {
			continue
		}
		j.checkTags(doc.cluster.fill, &doc.cluster.entry)
		switch {
		case doc.cluster.entry.Joins():
			j.recogniseJoin(doc)
		case doc.cluster.entry.Enabled:
			j.recogniseBootstrap(doc)
		default:
			if at, says := doc.cluster.fill.at("enabled"); says {
				j.unclustered = append(j.unclustered, at)
			}
		}
	}
}

func (j *judge) recogniseBootstrap(doc *document) {
	if j.bootstrap != nil {
		before := j.bootstrap.cluster.fill.where("")
		j.report.add(schema.SeverityError, doc.cluster.fill.where(""), schema.Mistake(schema.CodeBootstrap,
			"cannot bootstrap a cluster twice",
			"A document with cluster.enabled and no cluster_address bootstraps; there may be one.",
			"give the other one cluster_address and server_address, or list its server under members:"), before)
		return
	}
	doc.role, doc.owner = bootstrapRole, doc.cluster.entry.ServerName
	j.bootstrap = doc
}

func (j *judge) recogniseJoin(doc *document) {
	doc.role, doc.owner = joinRole, doc.cluster.entry.ServerName
	if token, ok := j.token(doc); ok && doc.owner == "" {
		doc.owner = token.ServerName
	}
	missing := func(path, summary, detail, hint string) {
		j.report.errorAt(doc.cluster.fill.where(path),
			schema.Problem{Code: schema.CodeJoin, Summary: summary, Detail: detail, Hint: hint})
	}
	if !doc.cluster.entry.Enabled {
		missing("", "cannot join: enabled: true is missing",
			j.product.Title()+" takes the section for one that turns clustering off.", "add enabled: true")
	}
	if doc.owner == "" && doc.cluster.entry.Token.Reveal() == "" {
		missing("", "cannot join: server_name is missing", "Every member needs a name of its own.", "add server_name:")
	}
	if doc.cluster.entry.ServerAddress == "" {
		missing("", "cannot join: server_address is missing", "No server address provided for this member.",
			"add server_address: HOST:8443")
	}
	if a := doc.cluster.entry.ServerAddress; a != "" && a == doc.cluster.entry.ClusterAddress {
		missing("cluster_address", "cannot join a server to itself",
			"cluster_address and server_address are the same, so "+j.product.Admin()+
				" init takes this for a join and leaves out everything else.",
			"remove cluster_address to bootstrap, or name another member's address")
	}
}

// checkTopLevel reports keys that no preseed has.
func (j *judge) checkTopLevel(doc *document) {
	known := map[string]int{"cluster": 0, "clusterctl": 0, "members_defaults": 0}
	for _, kind := range j.reg.All() {
		if kind.New != nil {
			known[kind.Plural] = 0
		}
	}
	for _, p := range doc.keys {
		_, ok := known[p.key]
		owner := ""
		if kind, listed := j.reg.Plural(p.key); listed && kind.New == nil {
			owner = "clusterctl shows " + kind.Title + "s and does not manage them: remove the section"
		} else if listed && !j.has(kind) {
			owner = versionsHint(j.reg.Flavour(), kind.Servers, "this section")
		} else if listed && !p.empty && !kind.Servers.In(j.reg.Flavour()) {
			j.report.add(schema.SeverityAdvice, p.at, j.needs(kind.Servers, "the section "+p.key))
		}
		switch {
		case ok || strings.HasPrefix(p.key, "x-"):
		case owner != "" && p.empty:
			j.report.warningAt(p.at, schema.Mistake(schema.CodeNotSupported, "ignored the empty section "+p.key,
				owner+".", "remove the line"))
		case owner != "":
			j.report.errorAt(p.at, schema.Mistake(schema.CodeNotSupported, "cannot use the section "+p.key,
				j.reg.Flavour().Title()+" refuses a preseed with it.", owner))
		default:
			j.report.unknown("a preseed", p.key, p.at, slices.Sorted(maps.Keys(known)))
		}
	}
}
