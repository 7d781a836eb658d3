package sandbox

import (
	"net/http"
	"net/url"
	"path"

	"clusterctl/drivers/sandbox/layout"
)

// laterRoutes serve what LXD 5.0.2 lacks and the server that is played has.
func laterRoutes(s layout.Server) []route {
	var out []route
	if s.Has("access_management") {
		out = append(authGroupRoutes(), append(providerGroupRoutes(), identityRoutes()...)...)
	}
	if s.Has("instance_placement_groups") {
		out = append(out, placementRoutes()...)
	}
	if s.Has("network_integrations") {
		out = append(out, integrationRoutes()...)
	}
	if s.Has(addressSets) {
		out = append(out, addressSetRoutes()...)
	}
	return out
}

func authGroupRoutes() []route {
	return kind[authGroup]{path: "/1.0/auth/groups", table: "auth_groups", read: (*call).authGroups,
		missing: notFound("Authorization group not found"), blank: func(before authGroup) authGroup { return before },
		create: (*call).createAuthGroup, change: (*call).changeAuthGroup,
		remove: func(_ *call, v authGroup) error { return v.own("deleted") }}.routes()
}

type authGroup struct {
	Name        string              `json:"name"`
	Description string              `json:"description"`
	Permissions []grant             `json:"permissions"`
	Identities  map[string][]string `json:"identities"`
	Providers   []string            `json:"identity_provider_groups"`

	id int64
}

// grant is a permission.
type grant struct {
	Entitlement string `json:"entitlement"`
	EntityType  string `json:"entity_type"`
	URL         string `json:"url"`
}

func (v authGroup) key() (int64, string) { return v.id, v.Name }

func (v authGroup) tag() any { return v }

// own refuses what may not be done to the server's own group.
func (v authGroup) own(done string) error {
	if v.Name == "admins" {
		return fail(http.StatusBadRequest, "The admins group cannot be %s", done)
	}
	return nil
}

func (c *call) authGroups(name string) []authGroup {
	return each(c.tx, func(id int64, row []string) authGroup {
		identities := map[string][]string{}
		for _, m := range c.tx.rows("SELECT i.auth_method,i.identifier FROM identities i JOIN identities_auth_groups x ON "+
			"x.identity_id=i.id WHERE x.auth_group_id=? ORDER BY i.id", id) {
			identities[authMethods[c.tx.int(m[0])]] = append(identities[authMethods[c.tx.int(m[0])]], m[1])
		}
		return authGroup{id: id, Name: row[0], Description: row[1], Permissions: c.tx.grants(id), Identities: identities,
			Providers: c.tx.column("SELECT g.name FROM identity_provider_groups g JOIN auth_groups_identity_provider_groups x "+
				"ON x.identity_provider_group_id=g.id WHERE x.auth_group_id=? ORDER BY g.id", id)}
	}, "SELECT id,name,description FROM auth_groups WHERE ? IN ('',name) ORDER BY name", name)
}

func (c *call) createAuthGroup(body authGroup) error {
	if c.tx.number("SELECT count(*) FROM auth_groups WHERE name=?", body.Name) > 0 {
		return fail(http.StatusConflict, "Authorization group already exists")
	}
	return c.tx.grant(c.tx.insert("auth_groups (name,description)", body.Name, body.Description), body.Permissions)
}

func (c *call) changeAuthGroup(before, body authGroup) error {
	if err := before.own("modified"); err != nil {
		return err
	}
	c.tx.exec("UPDATE auth_groups SET description=? WHERE id=?", body.Description, before.id)
	return c.tx.grant(before.id, body.Permissions)
}

// entities are the types of things that permissions can be about in the sandbox, by their number: path and table.
var entities = map[int64]struct {
	name, path, table string
	project           bool
}{
	21: {"server", "/1.0", "", false}, 2: {"profile", "/1.0/profiles/", "profiles", true},
	3: {"project", "/1.0/projects/", "projects", false}, 5: {"instance", "/1.0/instances/", "instances", true},
	8: {"network", "/1.0/networks/", "networks", true}, 9: {"network_acl", "/1.0/network-acls/", "networks_acls", true},
	12: {"storage_pool", "/1.0/storage-pools/", "storage_pools", false},
	22: {"group", "/1.0/auth/groups/", "auth_groups", false},
	25: {"placement_group", "/1.0/placement-groups/", "placement_groups", true},
}

func (t *tx) grants(group int64) []grant {
	var out []grant
	for _, row := range t.rows("SELECT entity_type,entity_id,entitlement FROM auth_groups_permissions WHERE auth_group_id=? "+
		"ORDER BY id", group) {
		e := entities[t.int(row[0])]
		g := grant{row[2], e.name, e.path}
		if e.table != "" {
			name, _ := t.text("SELECT name FROM "+e.table+" WHERE id=?", row[1])
			g.URL += url.PathEscape(name)
		}
		if e.project {
			project, _ := t.text("SELECT p.name FROM projects p JOIN "+e.table+" x ON x.project_id=p.id WHERE x.id=?", row[1])
			g.URL += "?project=" + url.QueryEscape(project)
		}
		out = append(out, g)
	}
	return out
}

// grant gives a group these permissions and no others.
func (t *tx) grant(group int64, list []grant) error {
	t.exec("DELETE FROM auth_groups_permissions WHERE auth_group_id=?", group)
	for _, g := range list {
		about, code, err := t.entity(g)
		if err != nil {
			return err
		}
		t.insert("auth_groups_permissions (auth_group_id,entity_type,entity_id,entitlement)", group, code, about,
			g.Entitlement)
	}
	return nil
}

// entity is what a permission is about.
func (t *tx) entity(g grant) (id, code int64, err error) {
	u, err := url.Parse(g.URL)
	if err != nil {
		return 0, 0, fail(http.StatusBadRequest, "%v", err)
	}
	for code, e := range entities {
		switch {
		case e.name != g.EntityType:
		case e.table == "":
			return 0, code, nil
		case e.project:
			id = t.number("SELECT x.id FROM "+e.table+" x JOIN projects p ON p.id=x.project_id WHERE x.name=? AND p.name=?",
				path.Base(u.Path), u.Query().Get("project"))
			return id, code, foundEntity(id, g)
		default:
			id = t.number("SELECT id FROM "+e.table+" WHERE name=?", path.Base(u.Path))
			return id, code, foundEntity(id, g)
		}
	}
	return 0, 0, fail(http.StatusBadRequest, "Unknown entity type %q", g.EntityType)
}

func foundEntity(id int64, g grant) error {
	if id == 0 {
		return fail(http.StatusBadRequest, "Failed fetching entity reference: No such entity %q", g.URL)
	}
	return nil
}

func providerGroupRoutes() []route {
	return kind[providerGroup]{path: "/1.0/auth/identity-provider-groups", table: "identity_provider_groups",
		read: (*call).providerGroups, missing: notFound("Identity provider group not found"),
		blank: func(before providerGroup) providerGroup { return before },
		create: func(c *call, body providerGroup) error {
			id := c.tx.insert("identity_provider_groups (name)", body.Name)
			return c.tx.putGroups("auth_groups_identity_provider_groups", "identity_provider_group_id", id, body.Groups)
		},
		change: func(c *call, before, body providerGroup) error {
			return c.tx.putGroups("auth_groups_identity_provider_groups", "identity_provider_group_id", before.id, body.Groups)
		}}.routes()
}

type providerGroup struct {
	Name   string   `json:"name"`
	Groups []string `json:"groups"`

	id int64
}

func (v providerGroup) key() (int64, string) { return v.id, v.Name }

func (v providerGroup) tag() any { return v }

func (c *call) providerGroups(name string) []providerGroup {
	return each(c.tx, func(id int64, row []string) providerGroup {
		return providerGroup{id: id, Name: row[0],
			Groups: c.tx.groupsOf("auth_groups_identity_provider_groups", "identity_provider_group_id", id)}
	}, "SELECT id,name FROM identity_provider_groups WHERE ? IN ('',name) ORDER BY name", name)
}

func (t *tx) groupsOf(table, owner string, id int64) []string {
	return t.column("SELECT g.name FROM auth_groups g JOIN "+table+" x ON x.auth_group_id=g.id WHERE x."+owner+"=? ORDER BY g.name", id)
}

func (t *tx) putGroups(table, owner string, id int64, groups []string) error {
	t.exec("DELETE FROM "+table+" WHERE "+owner+"=?", id)
	for _, name := range groups {
		group := t.number("SELECT id FROM auth_groups WHERE name=?", name)
		if group == 0 {
			return fail(http.StatusNotFound, "One or more groups were not found: %q", name)
		}
		t.insert(table+" ("+owner+",auth_group_id)", id, group)
	}
	return nil
}

// authMethods are how identities show who they are, by number.
var authMethods = []string{1: "tls", 2: "oidc", 3: "bearer"}

func identityRoutes() []route {
	k := kind[identityView]{path: "/1.0/auth/identities/{method}", table: "identities", read: (*call).identities,
		missing: notFound("Identity not found"), blank: func(before identityView) identityView { return before },
		change: func(c *call, before, body identityView) error {
			return c.tx.putGroups("identities_auth_groups", "identity_id", before.id, body.Groups)
		}}
	all := k
	all.path, all.table, all.change = "/1.0/auth/identities", "", nil
	return append(append(k.routes(), all.routes()[0]), route{"POST", "/1.0/auth/identities/tls", trustClient, locked,
		identityPost})
}

type identityView struct {
	Method      string   `json:"authentication_method"`
	Type        string   `json:"type"`
	Identifier  string   `json:"id"`
	Name        string   `json:"name"`
	Groups      []string `json:"groups"`
	Certificate string   `json:"tls_certificate"`

	id int64
}

func (v identityView) key() (int64, string) { return v.id, v.Identifier }

func (v identityView) tag() any { return v }

// identityWords are the types of identities that groups give rights, by number.
var identityWords = map[int64]string{5: "OIDC client", 7: "Client certificate", 8: "Client certificate (pending)"}

func (c *call) identities(name string) []identityView {
	return each(c.tx, func(id int64, row []string) identityView {
		v := identityView{id: id, Method: authMethods[c.tx.int(row[0])], Type: identityWords[c.tx.int(row[1])],
			Identifier: row[2], Name: row[3], Groups: c.tx.groupsOf("identities_auth_groups", "identity_id", id)}
		v.Certificate, _ = c.tx.text("SELECT certificate FROM certificates WHERE fingerprint=?", row[2])
		return v
	}, "SELECT id,auth_method,type,identifier,name FROM identities WHERE type IN (5,7,8) AND ? IN ('',identifier,name) ORDER BY id", name)
}
