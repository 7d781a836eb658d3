package rows_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/drivers/rows"
	"clusterctl/schema"
	"clusterctl/schema/kinds"
)

// authTables are what LXD 5.21 and later keep of identities and groups, by the columns that are read.
const authTables = `
	CREATE TABLE identities (id INTEGER PRIMARY KEY, auth_method INTEGER, type INTEGER, identifier TEXT, name TEXT, metadata TEXT);
	CREATE TABLE identities_projects (id INTEGER PRIMARY KEY, identity_id INTEGER, project_id INTEGER);
	CREATE TABLE identities_auth_groups (id INTEGER PRIMARY KEY, identity_id INTEGER, auth_group_id INTEGER);
	CREATE TABLE auth_groups (id INTEGER PRIMARY KEY, name TEXT, description TEXT);
	CREATE TABLE auth_groups_permissions (id INTEGER PRIMARY KEY, auth_group_id INTEGER, entity_type INTEGER, entity_id INTEGER, entitlement TEXT);
	CREATE TABLE identity_provider_groups (id INTEGER PRIMARY KEY, name TEXT);
	CREATE TABLE auth_groups_identity_provider_groups (id INTEGER PRIMARY KEY, auth_group_id INTEGER, identity_provider_group_id INTEGER);
	INSERT INTO identities VALUES (1, 1, 3, 'aa', 'node1', ''), (2, 1, 8, 'b-uuid', 'later', '{"secret":"s3cret"}'),
		(3, 2, 5, 'alice@example.net', 'Alice', '{"subject":"alice"}'), (4, 3, 10, 'c-uuid', 'bot', ''), (5, 1, 2, 'dd', 'ops', '{"cert":"x"}');
	INSERT INTO auth_groups VALUES (1, 'viewers', 'See'), (2, 'none', '');
	INSERT INTO auth_groups_permissions VALUES (1, 1, 21, 0, 'viewer'), (2, 1, 3, 1, 'operator'), (3, 1, 13, 1, 'can_edit'), (4, 1, 25, 1, 'can_view');
	INSERT INTO identities_auth_groups VALUES (1, 3, 1), (2, 3, 2), (3, 2, 1);
	INSERT INTO identity_provider_groups VALUES (1, 'staff');
	INSERT INTO auth_groups_identity_provider_groups VALUES (1, 1, 1);`

// TestReadIdentities is about who has rights through groups: the members' own certificates and secrets are left out,
// and what a permission is about gets the URL that REST has for it; what this database lacks is seen as such.
func TestReadIdentities(t *testing.T) {
	t.Parallel()
	db := open(t, file(t, "schema60.sql"), file(t, "cluster.sql"), authTables)
	lxd := schema.Flavour{Product: schema.LXD, Version: "5.21.7"}
	got, err := rows.Read(t.Context(), db, kinds.Registry().For(lxd), now)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, kind := range []schema.KindName{"identity", "auth_group", "identity_provider_group"} {
		for _, o := range got.OfKind(kind) {
			names = append(names, o.Ref.String())
		}
	}
	want := []string{"identity/bearer/c-uuid", "identity/oidc/alice@example.net", "identity/tls/b-uuid", "auth_group/none",
		"auth_group/viewers", "identity_provider_group/staff"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	alice, _ := got.Get(schema.Ref{Kind: "identity", Name: "oidc/alice@example.net"})
	pending, _ := got.Get(schema.Ref{Kind: "identity", Name: "tls/b-uuid"})
	if !slices.Equal(alice.Lists["groups"], []string{"none", "viewers"}) || alice.Attrs["name"] != "Alice" ||
		len(pending.Attrs) != 1 {
		t.Errorf("got %+v and %+v", alice, pending)
	}
	group, _ := got.Get(schema.Ref{Kind: "auth_group", Name: "viewers"})
	const permissions = `[{"entitlement":"operator","entity_type":"project","url":"/1.0/projects/default"},` +
		`{"entitlement":"viewer","entity_type":"server","url":"/1.0"},` +
		`{"entitlement":"can_edit","entity_type":"storage_volume","url":"/1.0/storage-pools/local/volumes/custom/v1?project=default&target=node1"},` +
		`{"entitlement":"can_view","entity_type":"unknown","url":"25/1"}]`
	if diff := cmp.Diff(permissions, group.Attrs["permissions"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
