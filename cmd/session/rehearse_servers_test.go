package session

import (
	"testing"

	"clusterctl/drivers/sandbox"
	"clusterctl/plan"
	"clusterctl/schema"
)

// TestPlanOfEveryServerIsRehearsed changes little in a cluster of each server that the sandbox plays, as it is read from
// its members and as a dump tells of it, which does not know the version. Groups have permissions where servers have
// groups: one that the sandbox knows, and one that it does not. Two certificates are trusted,
// and where servers have links to other clusters there is one, whose identity nobody tells.
func TestPlanOfEveryServerIsRehearsed(t *testing.T) {
	t.Parallel()
	for _, server := range sandbox.Servers() {
		t.Run(server.String(), func(t *testing.T) {
			t.Parallel()
			live := formed(t, server, "base", "project-features-in-use-1")
			objects := live.Objects()
			for _, name := range []string{"laptop", "desk"} {
				attrs := map[string]string{"name": name, "type": "client", "restricted": "false", "certificate": "x"}
				objects = append(objects, schema.Object{Ref: schema.Ref{Kind: "certificate", Name: name},
					State: schema.StateCreated, Body: schema.Body{Attrs: attrs}})
			}
			if k, _ := testSession(nil).Registry.Kind("auth_group"); k.Servers.In(server) {
				objects = append(objects, schema.Object{Ref: schema.Ref{Kind: "auth_group", Name: "ops"}, State: schema.StateCreated,
					Body: schema.Body{Attrs: map[string]string{"description": "", "permissions": `[
{"entitlement":"can_edit","entity_type":"profile","url":"/1.0/profiles/default?project=default"},
{"entitlement":"can_view","entity_type":"storage_volume","url":"/1.0/storage-pools/local/volumes/custom/v?project=default"}]`}}})
			}
			if k, _ := testSession(nil).Registry.Kind("cluster_link"); k.Servers.In(server) {
				objects = append(objects, schema.Object{Ref: schema.Ref{Kind: "cluster_link", Name: "other"}, State: schema.StateCreated,
					Body: schema.Body{Attrs: map[string]string{"description": "", "type": "bidirectional"},
						Config: map[string]string{"user.site": "two"}}})
			}
			told := live.Facts
			told.Source, told.Flavour = schema.SourceDump, schema.Flavour{Product: server.Product}
			for name, facts := range map[string]schema.Facts{"read": live.Facts, "dump": told} {
				p := rehearsed(t, schema.NewCluster(facts, objects...), append(caseFiles(t, "base", "project-features-in-use-1"),
					file("profiles: [{name: zz}]\nprojects: [{name: web, config: {limits.cpu: '7'}}]\n"))...)
				if p.Rehearsal == nil || p.Rehearsal.Result != plan.RehearsedWhole || len(p.Steps) != 2 {
					t.Errorf("%s: got %s, want two steps rehearsed on a copy\n%v", name, p.Rehearsal.Text(), p.Steps)
				}
			}
		})
	}
}

// TestKindsOfLaterServersAreRehearsed makes objects that LXD 5.0.2 does not have, on servers that have them: a copy of
// those plays them.
func TestKindsOfLaterServersAreRehearsed(t *testing.T) {
	t.Parallel()
	for server, text := range map[schema.Flavour]string{
		{Product: schema.LXD, Version: "5.21.7"}:  "auth_groups: [{name: ops}]",
		{Product: schema.LXD, Version: "6.9"}:     "placement_groups: [{name: spread, config: {policy: spread, rigor: strict}}]",
		{Product: schema.Incus, Version: "7.0.2"}: "network_address_sets: [{name: web, addresses: [192.0.2.1]}]",
	} {
		t.Run(server.String(), func(t *testing.T) {
			t.Parallel()
			p := rehearsed(t, formed(t, server, "base"), append(caseFiles(t, "base"), file(text+"\n"))...)
			if p.Rehearsal == nil || p.Rehearsal.Result != plan.RehearsedWhole || len(p.Steps) == 0 {
				t.Errorf("got %s, want steps rehearsed on a copy\n%v", p.Rehearsal.Text(), p.Diagnostics)
			}
		})
	}
}
