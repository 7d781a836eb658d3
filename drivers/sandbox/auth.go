package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// laterRoutes serve what LXD 5.0.2 lacks and the server that is played has.
func laterRoutes(s layout.Server) []route {
	var out []route
	if s.Has("access_management") {
		out = slices.Concat(authGroupRoutes(), identityRoutes(),
			[]route{{"GET", "/1.0/auth/permissions", trustClient, locked, permissionsGet}})
	}
	if s.Has("instances_rebuild") {
		out = append(out, route{"POST", "/1.0/instances/{name}/rebuild", trustClient, locked, instanceRebuild})
	}
	return append(out, collectionRoutes(s, true)...)
}

func authGroupRoutes() []route {
	return kind[authGroup]{path: "/1.0/auth/groups", table: "auth_groups", read: (*call).authGroups,
		missing: notFound("Authorization group not found"), blank: func(before authGroup) authGroup { return before },
		create: (*call).createAuthGroup, change: (*call).changeAuthGroup,
		remove: func(c *call, v authGroup) error { return c.own(v, "deleted") }}.routes()
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
func (c *call) own(v authGroup, done string) error {
	if v.Name == "admins" && c.tx.server.Does("keeps admins", "") {
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
	if err := c.own(before, "modified"); err != nil {
		return err
	}
	c.tx.exec("UPDATE auth_groups SET description=? WHERE id=?", body.Description, before.id)
	return c.tx.grant(before.id, body.Permissions)
}

// grants are a group's permissions; nil, and so null in JSON, when it has none.
func (t *tx) grants(group int64) []grant {
	var out []grant
	for _, row := range t.rows("SELECT p.entitlement,e.type,e.url FROM auth_groups_permissions p JOIN ("+
		t.server.Query("entities")+") e ON e.code=p.entity_type AND e.id=p.entity_id WHERE p.auth_group_id=? ORDER BY p.id",
		group) {
		out = append(out, grant{row[0], row[1], row[2]})
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

// grantCopied gives the groups of a copy the permissions of the cluster, but for those about what the sandbox does not
// know as such.
func (t *tx) grantCopied(live schema.Cluster) {
	for _, o := range live.OfKind("auth_group") {
		var list []grant
		_ = json.Unmarshal([]byte(o.Attrs["permissions"]), &list) // made of these, or empty
		list = schema.Filter(list, func(g grant) bool { _, _, err := t.entity(g); return err == nil })
		if id := t.number("SELECT id FROM auth_groups WHERE name=?", o.Ref.Name); id > 0 {
			t.note(t.grant(id, list), "permissions of "+o.Ref.Name)
		}
	}
}

// entity is what a permission is about.
func (t *tx) entity(g grant) (id, code int64, err error) {
	u, err := url.Parse(g.URL)
	if err != nil {
		return 0, 0, fail(http.StatusBadRequest, "%v", err)
	}
	query := ""
	if values := u.Query(); len(values) > 0 {
		query = "?" + values.Encode()
	}
	found := t.row("SELECT id,code FROM ("+t.server.Query("entities")+") WHERE type=? AND url=?", g.EntityType,
		u.EscapedPath()+query)
	switch {
	case found != nil && !t.server.Permits(g.EntityType, g.Entitlement):
		return 0, 0, fail(http.StatusBadRequest, "Failed validating group permission with entity "+
			"reference %q and entitlement %q: Entitlement %[2]q not valid for entity type %[3]q", g.URL, g.Entitlement, g.EntityType)
	case found != nil:
		return t.int(found[0]), t.int(found[1]), nil
	case !t.server.Permits(g.EntityType, ""):
		return 0, 0, fail(http.StatusBadRequest, "Unknown entity type %q", g.EntityType)
	}
	return 0, 0, fail(http.StatusBadRequest, "Failed fetching entity reference: No such entity %q", g.URL)
}

// permissionsGet lists all that may be permitted, and with recursion to which groups it is.
func permissionsGet(c *call) (reply, error) {
	groups := "'groups',json((SELECT CASE count(*) WHEN 0 THEN 'null' ELSE json_group_array(g.name) END FROM " +
		"auth_groups_permissions p JOIN auth_groups g ON g.id=p.auth_group_id WHERE p.entity_type=e.code AND " +
		"p.entity_id=e.id AND p.entitlement=x.value))"
	if !c.recursion() {
		groups = "'groups',json('null')"
	}
	return ok(schema.Map(c.tx.column("SELECT json_object('entity_type',e.type,'url',e.url,'entitlement',x.value,"+groups+
		") FROM ("+c.world.server.Query("entities")+") e JOIN json_each(?,'$.'||e.type) x WHERE ? IN ('',e.type) "+
		"ORDER BY e.type,e.url,x.value", c.world.server.Entitlements(), c.query("entity-type")),
		func(text string) json.RawMessage { return json.RawMessage(text) }))
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

// identityWords are the types of identities by number (lxd 6.9, what its API shows).
var identityWords = map[int64]string{1: "Client certificate (restricted)", 2: "Client certificate (unrestricted)",
	3: "Server certificate", 4: "Metrics certificate (restricted)", 5: "OIDC client",
	6: "Metrics certificate (unrestricted)", 7: "Client certificate", 8: "Client certificate (pending)",
	9: "DevLXD token bearer", 10: "Client token bearer", 12: "Cluster link certificate",
	13: "Cluster link certificate (pending)"}

// identities returns all, or those of a method, or with an identifier or a name that one.
func (c *call) identities(name string) []identityView {
	method := slices.Index(authMethods, c.params["method"]) // 0 is any
	return each(c.tx, func(id int64, row []string) identityView {
		v := identityView{id: id, Method: authMethods[c.tx.int(row[0])], Type: identityWords[c.tx.int(row[1])],
			Identifier: row[2], Name: row[3], Groups: c.tx.groupsOf("identities_auth_groups", "identity_id", id)}
		v.Certificate, _ = c.tx.text(c.world.server.Statement("certificate"), values([]any{"id", id})...)
		return v
	}, "SELECT id,auth_method,type,identifier,name FROM identities WHERE ? IN (0,auth_method) AND "+
		"? IN ('',identifier,name) ORDER BY id", method, name)
}
