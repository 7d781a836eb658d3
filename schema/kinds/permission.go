package kinds

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"clusterctl/schema"
)

// permission is what somebody may do with an object, or with the whole server: LXD's own form.
type permission struct {
	Entitlement string `yaml:"entitlement" json:"entitlement" validate:"required"`
	EntityType  string `yaml:"entity_type" json:"entity_type" validate:"required"`
	URL         string `yaml:"url" json:"url" validate:"required"`
}

// entity is a type of things that permissions speak of: its number in the database, the objects of ours that these are,
// and their path, with {} where names go. Rows are those of from, called x; with project there is a project p, names
// are SQL over these.
type entity struct {
	name    string
	code    int
	kind    schema.KindName
	path    string
	table   string
	project bool
	names   string
}

const inPool = " JOIN storage_pools s ON s.id = x.storage_pool_id LEFT JOIN nodes n ON n.id = x.node_id"

// entities are those of LXD 6.9 (lxd/db/cluster/entities.go and shared/entity); a database that lacks a table has none
// of the type.
var entities = []entity{
	{"server", 21, "", "", "", false, ""},
	{"image", 1, "", "/images/{}", "images", true, "x.fingerprint"},
	{"profile", 2, schema.KindProfile, "/profiles/{}", "profiles", true, "x.name"},
	{"project", 3, schema.KindProject, "/projects/{}", "projects", false, "x.name"},
	{"certificate", 4, "", "/certificates/{}", "identities", false, "x.identifier"},
	{"instance", 5, schema.KindInstance, "/instances/{}", "instances", true, "x.name"},
	{"network", 8, schema.KindNetwork, "/networks/{}", "networks", true, "x.name"},
	{"network_acl", 9, "network_acl", "/network-acls/{}", "networks_acls", true, "x.name"},
	{"cluster_member", 10, schema.KindMember, "/cluster/members/{}", "nodes", false, "x.name"},
	{"storage_pool", 12, schema.KindStoragePool, "/storage-pools/{}", "storage_pools", false, "x.name"},
	{"storage_volume", 13, schema.KindVolume, "/storage-pools/{}/volumes/{}/{}", "storage_volumes", true,
		"s.name, CASE x.type WHEN 0 THEN 'container' WHEN 1 THEN 'image' WHEN 2 THEN 'custom' ELSE 'virtual-machine' END, x.name"},
	{"cluster_group", 17, schema.KindGroup, "/cluster/groups/{}", "cluster_groups", false, "x.name"},
	{"storage_bucket", 18, "storage_bucket", "/storage-pools/{}/buckets/{}", "storage_buckets", true, "s.name, x.name"},
	{"network_zone", 19, "network_zone", "/network-zones/{}", "networks_zones", true, "x.name"},
	{"image_alias", 20, schema.KindImage, "/images/aliases/{}", "images_aliases", true, "x.name"},
	{"group", 22, "auth_group", "/auth/groups/{}", "auth_groups", false, "x.name"},
	{"identity_provider_group", 23, "identity_provider_group", "/auth/identity-provider-groups/{}",
		"identity_provider_groups", false, "x.name"},
	{"identity", 24, "identity", "/auth/identities/{}/{}", "identities", false, methodOf + ", x.identifier"},
	{"placement_group", 25, "placement_group", "/placement-groups/{}", "placement_groups", true, "x.name"},
	{"cluster_link", 26, "cluster_link", "/cluster/links/{}", "cluster_links", false, "x.name"},
	{"replicator", 27, "replicator", "/replicators/{}", "replicators", true, "x.name"},
}

// permissionRow makes of a row a JSON list: entitlement, type, project, member and the names. What we do not know has
// the type "unknown", so that it is seen.
func permissionRow(has func(table string) bool) string {
	out := "CASE j.entity_type"
	for _, e := range entities {
		switch from := e.table + " x"; {
		case e.table == "":
			out += " WHEN " + strconv.Itoa(e.code) + " THEN json_array(j.entitlement, '" + e.name + "', '', '')"
		case has(e.table):
			project, location := "''", "''"
			if e.project {
				project, from = "p.name", from+" JOIN projects p ON p.id = x.project_id"
			}
			if strings.HasPrefix(e.names, "s.") {
				location, from = "COALESCE(n.name, '')", from+inPool
			}
			out += " WHEN " + strconv.Itoa(e.code) + " THEN (SELECT json_array(j.entitlement, '" + e.name + "', " + project +
				", " +
				location + ", " + e.names + ") FROM " + from + " WHERE x.id = j.entity_id)"
		}
	}
	return "COALESCE(" + out + " END, json_array(j.entitlement, 'unknown', '', '', j.entity_type || '/' || j.entity_id))"
}

// permissionOf reads such a row.
func permissionOf(row []string) permission {
	if len(row) < 4 {
		return permission{}
	}
	e, known := entityOf(row[1])
	if !known {
		return permission{row[0], row[1], strings.Join(row[4:], "/")}
	}
	path := e.path
	for _, name := range row[4:] {
		path = strings.Replace(path, "{}", url.PathEscape(name), 1)
	}
	query := url.Values{}
	for key, value := range map[string]string{"project": row[2], "target": row[3]} {
		if value != "" {
			query.Set(key, value)
		}
	}
	u := url.URL{RawQuery: query.Encode()}
	return permission{row[0], row[1], "/1.0" + path + u.String()}
}

func entityOf(name string) (entity, bool) {
	i := slices.IndexFunc(entities, func(e entity) bool { return e.name == name })
	if i < 0 {
		return entity{}, false
	}
	return entities[i], true
}

// permissionForms are the permissions in the one form and order in which they are compared: LXD takes the default
// project where a URL names none.
func permissionForms(list []permission) []permission {
	if list == nil {
		return nil
	}
	out := slices.Clone(list)
	for i, p := range out {
		u, err := url.Parse(p.URL)
		if e, known := entityOf(p.EntityType); err == nil && known {
			query := u.Query()
			if e.project && query.Get("project") == "" {
				query.Set("project", schema.DefaultProject)
			}
			u.RawQuery = query.Encode()
			out[i].URL = u.String()
		}
	}
	slices.SortFunc(out, func(a, b permission) int {
		return cmp.Or(strings.Compare(a.EntityType, b.EntityType), strings.Compare(a.URL, b.URL),
			strings.Compare(a.Entitlement, b.Entitlement))
	})
	return slices.Compact(out)
}

// parts are the names in the URL; ok is false when it is not one of its type.
func (p permission) parts() (names []string, project string, ok bool) {
	e, _ := entityOf(p.EntityType)
	u, err := url.Parse(p.URL)
	if err != nil {
		return nil, "", false
	}
	want, got := strings.Split("/1.0"+e.path, "/"), strings.Split(u.EscapedPath(), "/")
	if len(want) != len(got) {
		return nil, "", false
	}
	for i, part := range got {
		name, err := url.PathUnescape(part)
		switch {
		case err != nil || want[i] != "{}" && want[i] != part:
			return nil, "", false
		case want[i] == "{}":
			names = append(names, name)
		}
	}
	return names, u.Query().Get("project"), true
}

// object is what the permission is about, where that is an object of ours.
func (p permission) object() schema.Ref {
	e, _ := entityOf(p.EntityType)
	names, project, ok := p.parts()
	if !ok || e.kind == "" {
		return schema.Ref{}
	}
	if e.kind == schema.KindVolume {
		if names[1] != "custom" {
			return schema.Ref{}
		}
		names = slices.Delete(names, 1, 2)
	}
	return schema.Ref{Kind: e.kind, Project: project, Name: strings.Join(names, "/")}
}

// fault says what is wrong with it, and what to write.
func (p permission) fault() (detail, hint string) {
	e, known := entityOf(p.EntityType)
	if !known {
		return "LXD has no entity type " + p.EntityType + ".",
			schema.DidYouMean(p.EntityType, schema.Map(entities, func(e entity) string { return e.name }))
	}
	if _, _, ok := p.parts(); !ok {
		example := "/1.0" + strings.ReplaceAll(e.path, "{}", "NAME")
		if e.project {
			example += "?project=default"
		}
		return "That is not the URL of " + p.EntityType + ".", "write url: " + example
	}
	return "", ""
}
