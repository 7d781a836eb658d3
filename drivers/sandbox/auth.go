package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"

	"clusterctl/drivers/sandbox/layout"
	"clusterctl/schema"
)

// laterRoutes serve what LXD 5.0.2 lacks and the server that is played has.
func laterRoutes(s layout.Server) []route {
	var out []route
	if s.Has("access_management") {
		out = append(out, route{"POST", "/1.0/auth/identities/tls", trustClient, locked, with(identityPost)})
	}
	if s.Has("instances_rebuild") {
		out = append(out, route{"POST", "/1.0/instances/{name}/rebuild", trustClient, locked,
			about(at("/1.0/instances"), instanceRebuild)})
	}
	return append(out, collectionRoutes(s, true)...)
}

// grant is a permission.
type grant struct {
	Entitlement string `json:"entitlement"`
	EntityType  string `json:"entity_type"`
	URL         string `json:"url"`
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
