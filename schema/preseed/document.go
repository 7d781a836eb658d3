package preseed

import (
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

// document is one YAML document.
type document struct {
	root *node
	file string
	role role
	// owner is the member whose document it is, in the bootstrap document and in a join document.
	owner string
	// cluster is the section cluster:, fill the places of its fields.
	cluster schema.ClusterEntry
	fill    *filling
}

// strength is how strongly a document speaks about its own member.
func (doc *document) strength() strength {
	if doc.role == bootstrapRole {
		return byBootstrap
	}
	return byDocument
}

// recognise reads the sections cluster: and clusterctl: and gives each document its role.
func (d *decoder) recognise() {
	for _, doc := range d.documents {
		d.checkTopLevel(doc)
		d.readSettings(doc)
		n := doc.root.get("cluster")
		if n == nil || n.null {
			continue
		}
		doc.fill = newFilling(d.report, "cluster section", n, &d.budget)
		doc.fill.fill("", n, reflectOf(&doc.cluster))
		doc.fill.checkTags(d.validate, &doc.cluster)
		switch {
		case doc.cluster.Joins():
			d.recogniseJoin(doc)
		case doc.cluster.Enabled:
			d.recogniseBootstrap(doc)
		}
	}
}

func (d *decoder) recogniseBootstrap(doc *document) {
	if d.bootstrap != nil {
		before := d.bootstrap.fill.where("")
		d.report.add(schema.SeverityError, doc.fill.where(""), problem{
			code: schema.CodeBootstrap, summary: "cannot bootstrap a cluster twice",
			detail: "A document with cluster.enabled and no cluster_address bootstraps; there may be one.",
			hint:   "give the other one cluster_address and server_address, or list its server under members:",
		}, before)
		return
	}
	doc.role, doc.owner = bootstrapRole, doc.cluster.ServerName
	d.bootstrap = doc
}

func (d *decoder) recogniseJoin(doc *document) {
	doc.role, doc.owner = joinRole, doc.cluster.ServerName
	if token, ok := d.token(doc); ok && doc.owner == "" {
		doc.owner = token.ServerName
	}
	missing := func(path, summary, detail, hint string) {
		d.report.errorAt(doc.fill.where(path), problem{code: schema.CodeJoin, summary: summary, detail: detail, hint: hint})
	}
	if !doc.cluster.Enabled {
		missing("", "cannot join: enabled: true is missing", "LXD takes the section for one that turns clustering off.", "add enabled: true")
	}
	if doc.owner == "" && doc.cluster.Token.Secret.Reveal() == "" {
		missing("", "cannot join: server_name is missing", "Every member needs a name of its own.", "add server_name:")
	}
	if doc.cluster.ServerAddress == "" {
		missing("", "cannot join: server_address is missing", "No server address provided for this member.", "add server_address: HOST:8443")
	}
	if a := doc.cluster.ServerAddress; a != "" && a == doc.cluster.ClusterAddress {
		missing("cluster_address", "cannot join a server to itself", "cluster_address and server_address are the same, so lxd init takes this for a join and leaves out everything else.",
			"remove cluster_address to bootstrap, or name another member's address")
	}
}

// checkTopLevel reports keys that no preseed has.
func (d *decoder) checkTopLevel(doc *document) {
	known := map[string]int{"cluster": 0, "clusterctl": 0, "members_defaults": 0}
	for _, kind := range d.reg.All() {
		known[kind.Plural] = 0
	}
	f := newFilling(d.report, "preseed", doc.root, &d.budget)
	for _, p := range doc.root.pairs {
		_, ok := known[p.key]
		owner := ownerOfKey(p.key)
		if kind, listed := d.reg.Plural(p.key); listed && !ok {
			owner = versionsHint(d.reg.Flavour(), kind.Servers, "this section")
		}
		switch {
		case ok || strings.HasPrefix(p.key, "x-"):
		case owner != "" && p.value.empty():
			d.report.warningAt(p.at, problem{
				code: schema.CodeNotSupported, summary: "ignored the empty section " + p.key, detail: owner + ".", hint: "remove the line",
			})
		case owner != "":
			d.report.errorAt(p.at, problem{
				code: schema.CodeNotSupported, summary: "cannot use the section " + p.key, detail: d.reg.Flavour().Title() + " refuses a preseed with it.", hint: owner,
			})
		default:
			f.unknown(p, known)
		}
	}
}
